//! The columns of points in the device's buffers, in the order of drawing.
//!
//! Extraction copies a column only if its revision has changed. Those of many points were made in a
//! task, and take the place of the old ones. Rows lie in the order of a
//! [`Shuffle`], with the number of each row beside it. If the device has no buffers for all rows, it
//! gets as many whole levels as fit, a fair sample. Marked rows, if they are not too many, have
//! columns of their own, so that they can be drawn over a sample.

use bevy::{
    prelude::*,
    render::{
        Extract,
        render_phase::TrackedRenderPass,
        render_resource::{Buffer, BufferDescriptor, BufferUsages},
        renderer::{RenderDevice, RenderQueue},
    },
};
use parallax_state::MANY;

use crate::{
    Cloud, CloudRevisions, PointColor, PointFlags, Side,
    points::{ABSENT, Before, Course},
    shuffle::{DRAWN_WHOLE, Shuffle},
    style::Related,
};

/// The largest number of marked rows that are drawn over each sample. More are sampled as others are.
pub(crate) const MOST_MARKED: usize = 20_000;

/// The number of rows that are arranged and copied at once.
const ROWS_AT_ONCE: usize = 1 << 20;

/// All points, and the marked ones.
#[derive(Resource, Default)]
pub(crate) struct PointBuffers {
    pub(crate) all: Columns,
    /// The marked rows of a cloud that is not always drawn whole.
    pub(crate) marked: Option<Columns>,
    /// The number of rows, for which the device may have too little room.
    pub(crate) rows: usize,
    pub(crate) uploaded: CloudRevisions,
    marked_of: Option<CloudRevisions>,
}

/// Columns of points, one instance each.
#[derive(Default)]
pub(crate) struct Columns {
    /// The number of points.
    pub(crate) count: usize,
    positions: Option<Buffer>,
    /// Where the points were when the morph began.
    before: Option<Buffer>,
    /// A buffer for positions left over from the last morph.
    spare: Option<Buffer>,
    styles: Option<Buffer>,
    rows: Option<Buffer>,
    /// The second positions, and where they were when their morph began.
    second: Option<[Option<Buffer>; 2]>,
}

/// What is copied from the main world.
type Styles<'w, 's> = Extract<'w, 's, Query<'static, 'static, (&'static PointColor, &'static PointFlags)>>;

impl Columns {
    /// Sets the vertex buffers for a picture of these places. Returns whether there are any.
    pub(crate) fn set<'w>(&'w self, pass: &mut TrackedRenderPass<'w>, side: Side) -> bool {
        let (Some([positions, before]), Some(styles), Some(rows)) = (self.places(side), &self.styles, &self.rows)
        else {
            return false;
        };
        for (slot, buffer) in [positions, before, styles, rows].into_iter().enumerate() {
            pass.set_vertex_buffer(slot, buffer.slice(..));
        }
        true
    }

    /// Returns where points go to and where they come from.
    fn places(&self, side: Side) -> Option<[&Buffer; 2]> {
        let first = self.positions.as_ref()?;
        Some(match (side, &self.second) {
            (Side::Between, Some([Some(second), _])) => [second, first],
            (Side::Second, Some([Some(second), before])) => [second, before.as_ref().unwrap_or(second)],
            _ => [first, self.before.as_ref().unwrap_or(first)],
        })
    }

    /// Forgets where the points came from once they have arrived.
    fn arrive(&mut self, cloud: &Cloud) {
        if matches!(cloud.first.before, Before::Nothing) {
            let left = self.before.take().filter(|_| self.count < MANY);
            self.spare = self.spare.take().or(left);
        }
        // A row that had no place before has one now.
        if let (Some([_, before]), Some(Before::Nothing)) =
            (&mut self.second, cloud.second.as_ref().map(|second| &second.before))
        {
            *before = None;
        }
    }
}

/// Who creates buffers and writes to them, on any thread.
pub(crate) struct Device(RenderDevice, RenderQueue);

impl Device {
    /// Returns the device if there is one, and so many points are many.
    pub(crate) fn for_many(points: usize, device: Option<&RenderDevice>, queue: Option<&RenderQueue>) -> Option<Self> {
        let (device, queue) = device.zip(queue).filter(|_| points >= MANY)?;
        Some(Self(device.clone(), queue.clone()))
    }

    /// Returns how many points have room in a buffer: whole levels.
    fn fitting(&self, shuffle: &Shuffle) -> usize {
        let most = self.0.limits().max_buffer_size / size_of::<Vec3>() as u64;
        shuffle.fitting(most.try_into().unwrap_or(usize::MAX))
    }

    /// Returns a buffer with what each row has, in the order of drawing. For a task.
    pub(crate) fn made<T: bytemuck::NoUninit + Send>(
        &self,
        label: &str,
        shuffle: &Shuffle,
        of: impl Fn(usize) -> T + Sync,
    ) -> Buffer {
        let count = self.fitting(shuffle);
        let buffer = self.instances::<T>(label, count);
        let mut arranged = Vec::new();
        for start in (0..count).step_by(ROWS_AT_ONCE) {
            shuffle.arrange_in_task(start..(start + ROWS_AT_ONCE).min(count), &mut arranged, &of);
            self.1.write_buffer(&buffer, (start * size_of::<T>()) as u64, bytemuck::cast_slice(&arranged));
        }
        buffer
    }

    fn instances<T>(&self, label: &str, count: usize) -> Buffer {
        let usage = BufferUsages::VERTEX | BufferUsages::COPY_DST;
        let size = (count.max(1) * size_of::<T>()) as u64;
        self.0.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false })
    }

    /// Writes what each row has to the buffer, in the order of drawing.
    fn write<T: bytemuck::NoUninit + Send>(
        &self,
        to: &Buffer,
        count: usize,
        cloud: &Cloud,
        of: impl Fn(usize) -> T + Sync,
    ) {
        let mut arranged = Vec::new();
        for start in (0..count).step_by(ROWS_AT_ONCE) {
            cloud.shuffle.arrange(start..(start + ROWS_AT_ONCE).min(count), &mut arranged, &of);
            self.1.write_buffer(to, (start * size_of::<T>()) as u64, bytemuck::cast_slice(&arranged));
        }
    }

    /// Returns a buffer with what each of these rows has.
    fn listed<T: bytemuck::NoUninit>(&self, label: &str, rows: &[u32], of: impl Fn(usize) -> T) -> Buffer {
        let buffer = self.instances::<T>(label, rows.len());
        let values: Vec<T> = rows.iter().map(|&row| of(row as usize)).collect();
        self.1.write_buffer(&buffer, 0, bytemuck::cast_slice(&values));
        buffer
    }
}

/// Returns the cell of a row in a column that consists of parts.
#[inline]
fn cell<T: Copy>(parts: &[&[T]], mut row: usize) -> Option<T> {
    for part in parts {
        match part.get(row) {
            Some(cell) => return Some(*cell),
            None => row -= part.len(),
        }
    }
    None
}

/// Color and flags of a point in one number.
pub(crate) fn packed(color: PointColor, flags: PointFlags) -> u32 {
    color.0 | u32::from(flags.0) << 24
}

/// Copies the columns that have changed since the last frame.
pub(crate) fn extract_columns(
    mut buffers: ResMut<PointBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (cloud, revisions): (Extract<Res<Cloud>>, Extract<Res<CloudRevisions>>),
    styles: Styles,
) {
    let device = Device(device.clone(), queue.clone());
    let cloud: &Cloud = &cloud;
    let buffers = &mut *buffers;
    let seen = std::mem::replace(&mut buffers.uploaded, **revisions);
    let all = &mut buffers.all;
    // A device that was lost has lost its buffers, too, and those that were made for it.
    let anew = seen.points != revisions.points || all.positions.is_none();
    if anew {
        let count = device.fitting(&cloud.shuffle);
        *all = Columns {
            count,
            positions: Some(device.instances::<Vec3>("positions", count)),
            styles: Some(device.instances::<u32>("styles", count)),
            rows: Some(device.instances::<u32>("rows", count)),
            ..Columns::default()
        };
        buffers.rows = cloud.len();
        if let Some(rows) = &all.rows {
            device.write(rows, count, cloud, |row| row as u32);
        }
    }
    let count = all.count;
    let made = |column: &Option<(u64, Buffer)>, revision: u64| {
        let found = column.as_ref().filter(|(of, _)| *of == revision && !anew);
        found.map(|(_, buffer)| buffer.clone())
    };
    if anew || seen.positions != revisions.positions {
        let ready = made(&cloud.made.positions, revisions.positions);
        // The old positions are already on the device.
        let known = !anew && seen.positions + 1 == revisions.positions;
        let new = || device.instances::<Vec3>("positions", count);
        match &cloud.first.before {
            Before::Places(_) if known => {
                let next = ready.clone().or_else(|| all.spare.take()).unwrap_or_else(new);
                all.before = all.positions.replace(next);
            }
            Before::Nothing => {}
            _ => {
                let before = all.before.get_or_insert_with(new);
                device.write(before, count, cloud, |row| cloud.first.before_at(row).unwrap_or_default());
            }
        }
        if ready.is_some() {
            all.positions = ready;
        } else if let Some(target) = &all.positions {
            device.write(target, count, cloud, |row| cloud.first.places.get(row).unwrap_or_default());
        }
    }
    if anew || seen.second != revisions.second {
        let columns = |course: &Course| {
            let column = |of: &(dyn Fn(usize) -> Vec3 + Sync)| {
                let buffer = device.instances::<Vec3>("second positions", count);
                device.write(&buffer, count, cloud, of);
                buffer
            };
            let moves = !matches!(course.before, Before::Nothing);
            let before = moves.then(|| column(&|row| course.before_at(row).unwrap_or(ABSENT)));
            [Some(column(&|row| course.places.get(row).unwrap_or(ABSENT))), before]
        };
        all.second = cloud.second.as_ref().map(columns);
    }
    if !anew && seen.styles == revisions.styles {
        // They have not changed.
    } else if let Some(ready) = made(&cloud.made.styles, revisions.styles) {
        all.styles = Some(ready);
    } else if let (Some(target), Ok(columns)) = (&all.styles, styles.contiguous_iter()) {
        let (colors, flags): (Vec<&[PointColor]>, Vec<&[PointFlags]>) = columns.unzip();
        device.write(target, count, cloud, |row| {
            cell(&colors, row).zip(cell(&flags, row)).map_or(0, |(color, flags)| packed(color, flags))
        });
    }
    all.arrive(cloud);
}

/// Copies the marked rows if they or what they have changed.
pub(crate) fn extract_marked(
    mut buffers: ResMut<PointBuffers>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    (cloud, revisions, related): (Extract<Res<Cloud>>, Extract<Res<CloudRevisions>>, Extract<Res<Related>>),
    styles: Styles,
) {
    if let Some(marked) = &mut buffers.marked {
        marked.arrive(&cloud);
    }
    if buffers.marked_of.replace(**revisions) == Some(**revisions) {
        return;
    }
    buffers.marked = None;
    if buffers.all.count <= DRAWN_WHOLE || related.is_empty() || related.rows().nth(MOST_MARKED).is_some() {
        return;
    }
    let Ok(looks) = styles.contiguous_iter() else { return };
    let (colors, flags): (Vec<&[PointColor]>, Vec<&[PointFlags]>) = looks.unzip();
    let device = Device(device.clone(), queue.clone());
    // Of two at the same depth the later one is on top, as among all points.
    let mut rows: Vec<u32> = related.rows().filter(|&row| (row as usize) < cloud.len()).collect();
    rows.sort_by_cached_key(|&row| cloud.shuffle.slot(row as usize));
    let place = |label: &str, of: &dyn Fn(usize) -> Vec3| Some(device.listed(label, &rows, of));
    let moves = |course: &Course| !matches!(course.before, Before::Nothing);
    let before = |course: &Course, none: Vec3| {
        moves(course).then(|| place("marked", &|row| course.before_at(row).unwrap_or(none))).flatten()
    };
    let second =
        |course: &Course| [place("marked", &|row| course.places.get(row).unwrap_or(ABSENT)), before(course, ABSENT)];
    let style = |row: usize| cell(&colors, row).zip(cell(&flags, row)).map_or(0, |(color, flags)| packed(color, flags));
    buffers.marked = Some(Columns {
        count: rows.len(),
        positions: place("marked", &|row| cloud.first.places.get(row).unwrap_or_default()),
        before: before(&cloud.first, Vec3::ZERO),
        spare: None,
        styles: Some(device.listed("marked", &rows, style)),
        rows: Some(device.listed("marked", &rows, |row| row as u32)),
        second: cloud.second.as_ref().map(second),
    });
}
