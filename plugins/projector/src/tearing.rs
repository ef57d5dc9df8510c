//! Which of the listed neighbors the layout has torn from their row.

use std::sync::Arc;

use bevy::prelude::*;
use parallax_embedding::RowSet;
use parallax_projection::Layout;
use parallax_session::{JobKind, NeighborSpace, Subject};
use parallax_state::{CurrentLayout, CurrentView, Neighborhood, Opened, Torn};

use crate::job::{Jobs, Slot, whole};

/// A neighbor is torn off if it is not among this many times as many of the nearest in the layout as
/// neighbors are listed. Ranks that differ by less say little.
const WITHIN: usize = 4;

type Request = (u32, Arc<[u32]>, u64, [Option<usize>; 3]);

#[derive(Resource, Default)]
pub(crate) struct Tearing(Slot<Request, RowSet>);

pub(crate) fn find_torn(
    (view, opened, current): (Res<CurrentView>, Res<Opened>, Res<CurrentLayout>),
    neighborhood: Res<Neighborhood>,
    (mut tearing, mut torn): (ResMut<Tearing>, ResMut<Torn>),
    mut jobs: Jobs,
) {
    let slot = &mut tearing.0;
    let row = match neighborhood.of {
        Some((Subject::Row(row), query, _)) if query.space == NeighborSpace::Vectors => Some(row),
        _ => None,
    };
    let found = neighborhood.found();
    let (Some(row), Some(layout)) = (row.filter(|_| !found.is_empty()), current.of(&opened)) else {
        slot.clear();
        torn.set_if_neq(Torn::default());
        return;
    };
    let neighbors: Arc<[u32]> = found.iter().map(|neighbor| neighbor.row).collect();
    let seen = view.projection.seen(current.method, layout.dims());
    let mut request = (row, neighbors, current.revision, seen);
    // While a layout changes, one search finishes before the next starts.
    if let Some(busy) = slot.busy().filter(|busy| (busy.0, &busy.1, busy.3) == (row, &request.1, seen)) {
        request.2 = busy.2;
    }
    let within = WITHIN * request.1.len();
    let work = || {
        let (layout, neighbors) = (layout.clone(), request.1.clone());
        whole(move |_| of(&layout, seen, (row, &neighbors), within))
    };
    slot.want(request.clone(), (JobKind::Neighbors, "Comparing neighbors with the layout".into()), &jobs.wake, work);
    if let Some(((row, ..), rows)) = slot.poll(&mut jobs) {
        torn.set_if_neq(Torn { of: Some(row), rows, within });
    }
}

/// Returns those of `neighbors` that are not among the `within` nearest of `row` in the layout, by the
/// coordinates that are `seen`. Rows without a place are not torn off, but missing.
fn of(layout: &Layout, seen: [Option<usize>; 3], (row, neighbors): (u32, &[u32]), within: usize) -> RowSet {
    let coordinate = |place: &[f32], at: Option<usize>| at.and_then(|at| place.get(at).copied()).unwrap_or(0.0);
    let place = |row: usize| layout.row(row).map(|place| seen.map(|at| coordinate(place, at)));
    let Some(from) = place(row as usize) else { return RowSet::EMPTY };
    let square = |row: usize| {
        let square = place(row)?.iter().zip(from).map(|(x, from)| (x - from) * (x - from)).sum::<f32>();
        square.is_finite().then_some(square)
    };
    let others = (0..layout.rows()).filter(|&other| other != row as usize);
    let mut squares: Vec<f32> = others.filter_map(square).collect();
    if within == 0 || squares.len() <= within {
        return RowSet::EMPTY;
    }
    let reach = *squares.select_nth_unstable_by(within - 1, f32::total_cmp).1;
    neighbors.iter().copied().filter(|&other| square(other as usize).is_some_and(|square| square > reach)).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The rank of each neighbor is counted.
        #[test]
        fn torn_neighbors_match_brute_force(
            places in prop::collection::vec((-20_i8..20, -20_i8..20), 2..60),
            row in 0_usize..60,
            within in 1_usize..20,
        ) {
            let (rows, row) = (places.len(), row % places.len());
            let coordinates = places.iter().flat_map(|&(x, y)| [f32::from(x), 7.0, f32::from(y)]).collect();
            let layout: Layout = Array2::from_shape_vec((rows, 3), coordinates).unwrap().into();
            let neighbors: Vec<u32> = (0..rows as u32).filter(|&other| other as usize != row && other % 3 > 0).collect();
            let found = of(&layout, [Some(0), Some(2), None], (row as u32, &neighbors), within);
            let square = |other: usize| {
                let [dx, dy] = [(places[other].0, places[row].0), (places[other].1, places[row].1)]
                    .map(|(a, b)| i32::from(a) - i32::from(b));
                dx * dx + dy * dy
            };
            let nearer = |than: usize| {
                (0..rows).filter(|&other| other != row && square(other) < square(than)).count()
            };
            let expected: RowSet = neighbors.iter().copied().filter(|&other| nearer(other as usize) >= within).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn rows_without_a_place_are_not_torn() {
        let nan = f32::NAN;
        let layout: Layout = Array2::from_shape_vec((4, 1), vec![0.0, nan, 1.0, 9.0]).unwrap().into();
        let of = |row: u32, within| of(&layout, [Some(0), None, None], (row, &[1, 2, 3]), within);
        assert_eq!((of(0, 1).as_slice(), of(0, 2).as_slice()), (&[3][..], &[][..]));
        assert_eq!(of(1, 1), RowSet::EMPTY);
    }
}
