//! The columns of points in the device's buffers, in the order of drawing.
//!
//! A column whose revision has changed gets another buffer. Those of many points were filled in a
//! task, and extraction only puts them in their place. Rows lie in the order of a [`Shuffle`], with
//! the number of each row beside it. If the device has no buffers for all rows, it gets as many whole
//! levels as fit, a fair sample. Marked rows, if they are not too many, have columns of their own, so
//! that they can be drawn over a sample.

use std::{
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

use bevy::{
    prelude::*,
    render::{
        Extract,
        render_phase::TrackedRenderPass,
        render_resource::{Buffer, BufferDescriptor, BufferUsages, WgpuFeatures},
        renderer::RenderDevice,
    },
};
use parallax_session::PointStyle;
use parallax_state::{CurrentView, MANY};
use rayon::prelude::*;

use crate::{
    Cloud, CloudRevisions, Side,
    points::{Before, Course},
    shuffle::{DRAWN_WHOLE, Shuffle},
    style::Related,
};

/// The largest number of marked rows that are drawn over each sample. More are sampled as others are.
pub(crate) const MOST_MARKED: usize = 20_000;

/// Each thread gets a multiple of this many points: where a part of a mapped buffer begins must be a multiple of
/// eight bytes.
const POINTS_A_THREAD: usize = 1 << 14;

/// All points, and the marked ones.
#[derive(Resource, Default)]
pub(crate) struct PointBuffers {
    pub(crate) all: Columns,
    /// The marked rows of a cloud that is not always drawn whole.
    pub(crate) marked: Option<Columns>,
    /// The number of rows, for which the device may have too little room.
    pub(crate) rows: usize,
    pub(crate) uploaded: CloudRevisions,
    /// What the marked rows were copied of, and whether points are shown as their density.
    marked_of: Option<(CloudRevisions, bool)>,
}

/// Columns of points, one instance each. Nothing is drawn until all of them are there.
#[derive(Default)]
pub(crate) struct Columns {
    /// The number of points.
    pub(crate) count: usize,
    first: Track,
    second: Option<Track>,
    styles: Option<Buffer>,
    rows: Option<Buffer>,
}

/// Where points are, and where they were when their morph began.
#[derive(Default)]
struct Track {
    positions: Option<Buffer>,
    before: Option<Buffer>,
}

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

    /// Returns whether there is something to draw.
    pub(crate) fn is_there(&self) -> bool {
        self.count > 0 && self.first.positions.is_some() && self.styles.is_some() && self.rows.is_some()
    }

    /// Returns where points go to and where they come from.
    fn places(&self, side: Side) -> Option<[&Buffer; 2]> {
        let first = self.first.places()?;
        let second = self.second.as_ref().and_then(Track::places);
        Some(match (side, second) {
            (Side::Between, Some([second, _])) => [second, first[0]],
            (Side::Second, Some(second)) => second,
            _ => first,
        })
    }

    /// Forgets where the points came from once they have arrived.
    fn arrive(&mut self, cloud: &Cloud) {
        let tracks = [(Some(&mut self.first), Some(&cloud.first)), (self.second.as_mut(), cloud.second.as_ref())];
        for (track, course) in tracks.into_iter().filter_map(|(track, course)| track.zip(course)) {
            if matches!(course.before, Before::Nothing) {
                // A row that had no place before has one now.
                track.before = None;
            }
        }
    }
}

impl Track {
    /// Returns where points go to and where they come from.
    fn places(&self) -> Option<[&Buffer; 2]> {
        let positions = self.positions.as_ref()?;
        Some([positions, self.before.as_ref().unwrap_or(positions)])
    }

    /// Follows a course to its new places, whose positions may be ready. Those that it had are the last
    /// ones if `is_next`.
    fn follow(
        &mut self,
        course: &Course,
        (ready, is_next): (Option<Buffer>, bool),
        column: impl Fn(&(dyn Fn(usize) -> Vec3 + Sync)) -> Buffer,
    ) {
        let positions = ready.unwrap_or_else(|| column(&|row| course.end(row)));
        let last = self.positions.replace(positions).filter(|_| is_next);
        self.before = match (&course.before, last) {
            (Before::Nothing, _) => None,
            (Before::Places(_), Some(last)) => Some(last),
            _ => Some(column(&|row| course.start(row))),
        };
    }
}

/// Who makes buffers, on any thread, and its number ([`Cloud::device`]): devices of two instances of the
/// engine's library cannot be told apart by themselves.
#[derive(Clone)]
pub(crate) struct Device(RenderDevice, u64);

/// A column that was made in a task, and the device that has it.
pub(crate) struct Made(Option<(Buffer, Device)>);

impl Made {
    /// Returns the column, unless it was made for a device that was lost.
    fn on(&self, device: &Device) -> Option<Buffer> {
        self.0.as_ref().filter(|(_, of)| of.is(device)).map(|(buffer, _)| buffer.clone())
    }

    /// Lets go of a column that was made for another device, which was lost.
    fn forget_lost(&mut self, device: &Device) {
        self.0.take_if(|(_, of)| !of.is(device));
    }
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Made").field(&self.0.as_ref().map(|(buffer, _)| buffer)).finish()
    }
}

/// Lets go of columns that were made for a device that was lost.
pub(crate) fn forget_lost(device: Option<Res<RenderDevice>>, mut cloud: ResMut<Cloud>) {
    if let Some(device) = device.filter(DetectChanges::is_changed) {
        let cloud = cloud.bypass_change_detection();
        cloud.device += 1;
        let device = Device(device.clone(), cloud.device);
        cloud.ready.all().for_each(|made| made.forget_lost(&device));
    }
}

impl Device {
    fn is(&self, other: &Self) -> bool {
        self.1 == other.1
    }

    /// Returns the device if there is one, and so many points are many.
    pub(crate) fn for_many(cloud: &Cloud, device: Option<&RenderDevice>) -> Option<Self> {
        device.filter(|_| cloud.len() >= MANY).map(|device| Self(device.clone(), cloud.device))
    }

    /// Returns how many points have room in a buffer: whole levels.
    fn fitting(&self, shuffle: &Shuffle) -> usize {
        let most = self.0.limits().max_buffer_size / size_of::<Vec3>() as u64;
        shuffle.fitting(most.try_into().unwrap_or(usize::MAX))
    }

    /// Returns a buffer with what each row has, in the order of drawing.
    fn column<T: bytemuck::NoUninit + Default>(
        &self,
        label: &str,
        shuffle: &Shuffle,
        of: impl Fn(usize) -> T + Sync,
    ) -> Buffer {
        self.filled(label, self.fitting(shuffle), |slots, put| shuffle.arrange(slots, &of, put))
    }

    /// Returns the same for a task to hand over.
    pub(crate) fn made<T: bytemuck::NoUninit + Default>(
        &self,
        label: &str,
        shuffle: &Shuffle,
        of: impl Fn(usize) -> T + Sync,
    ) -> Made {
        Made(Some((self.column(label, shuffle, of), self.clone())))
    }

    /// Returns a buffer with what each of these rows has.
    fn listed<T: bytemuck::NoUninit>(&self, label: &str, rows: &[u32], of: impl Fn(usize) -> T + Sync) -> Buffer {
        self.filled(label, rows.len(), |places, put| {
            let points: Vec<T> = rows[places].iter().map(|&row| of(row as usize)).collect();
            put(0, &points);
        })
    }

    /// Returns a buffer for so many points, filled by each thread in one part. Where the device's memory is
    /// the program's, this writes into it, and else into memory that is copied with the next frame.
    fn filled<T: bytemuck::NoUninit>(
        &self,
        label: &str,
        count: usize,
        part: impl Fn(Range<usize>, &mut dyn FnMut(usize, &[T])) + Sync,
    ) -> Buffer {
        let is_shared = self.0.features().contains(WgpuFeatures::MAPPABLE_PRIMARY_BUFFERS);
        let usage = BufferUsages::VERTEX | if is_shared { BufferUsages::MAP_WRITE } else { BufferUsages::COPY_DST };
        let at = |point: usize| (point * size_of::<T>()) as u64;
        let created = |mapped_at_creation: bool| {
            let size = at(count.max(1));
            self.0.create_buffer(&BufferDescriptor { label: Some(label), size, usage, mapped_at_creation })
        };
        let filled = || {
            let buffer = created(true);
            let threads = if count < MANY { 1 } else { rayon::current_num_threads() };
            let points = count.div_ceil(threads).max(1).next_multiple_of(POINTS_A_THREAD);
            let fill = |start: usize| {
                let points = start..(start + points).min(count);
                let mut range = buffer.slice(at(points.start)..at(points.end)).get_mapped_range_mut();
                part(points, &mut |first, points| {
                    let bytes = bytemuck::cast_slice(points);
                    let first = first * size_of::<T>();
                    range.slice(first..first + bytes.len()).copy_from_slice(bytes);
                });
            };
            if count < MANY {
                (0..count).step_by(points).for_each(fill);
            } else {
                (0..count).into_par_iter().step_by(points).for_each(fill);
            }
            buffer.unmap();
            buffer
        };
        // A device that is lost or out of memory maps nothing, for which wgpu panics. It reports the loss
        // itself, and all columns are made for the next device.
        catch_unwind(AssertUnwindSafe(filled)).unwrap_or_else(|_lost| created(false))
    }
}

/// Takes the columns that have changed since the last frame.
pub(crate) fn extract_columns(
    mut buffers: ResMut<PointBuffers>,
    device: Res<RenderDevice>,
    (cloud, revisions): (Extract<Res<Cloud>>, Extract<Res<CloudRevisions>>),
) {
    let device = Device(device.clone(), cloud.device);
    let (cloud, now): (&Cloud, CloudRevisions) = (&cloud, **revisions);
    let buffers = &mut *buffers;
    let seen = std::mem::replace(&mut buffers.uploaded, now);
    let all = &mut buffers.all;
    let (shuffle, ready) = (&*cloud.shuffle, &cloud.ready);
    // A device that was lost has lost what was uploaded, too.
    let anew = seen.points != now.points;
    let of = |column: &Option<(u64, Made)>, revision: u64| {
        column.as_ref().filter(|(of, _)| *of == revision).and_then(|(_, made)| made.on(&device))
    };
    if anew {
        *all = Columns { count: device.fitting(shuffle), ..Columns::default() };
        buffers.rows = cloud.len();
    }
    // Those of many are there with the first places.
    if all.rows.is_none() && (cloud.len() < MANY || ready.rows.is_some()) {
        let made = ready.rows.as_ref().and_then(|rows| rows.on(&device));
        all.rows = Some(made.unwrap_or_else(|| device.column("rows", shuffle, |row| row as u32)));
    }
    let positions = |of: &(dyn Fn(usize) -> Vec3 + Sync)| device.column("positions", shuffle, of);
    if (anew || seen.positions != now.positions) && cloud.first.has_places() {
        let is_next = seen.positions + 1 == now.positions;
        all.first.follow(&cloud.first, (of(&ready.first, now.positions), is_next), positions);
    }
    if anew || seen.second != now.second {
        let is_next = seen.second + 1 == now.second;
        all.second = cloud.second.as_ref().map(|course| {
            let mut track = all.second.take().unwrap_or_default();
            track.follow(course, (of(&ready.second, now.second), is_next), positions);
            track
        });
    }
    // Those of many that have no places yet, and are hidden, are not made.
    let are_there = !cloud.styles().is_empty() && (cloud.len() < MANY || ready.styles.is_some());
    if (anew || seen.styles != now.styles) && cloud.first.has_places() && are_there {
        let made = of(&ready.styles, now.styles);
        all.styles = Some(made.unwrap_or_else(|| device.column("styles", shuffle, |row| cloud.styles()[row])));
    }
    all.arrive(cloud);
}

/// Copies the marked rows if they or what they have changed.
pub(crate) fn extract_marked(
    mut buffers: ResMut<PointBuffers>,
    device: Res<RenderDevice>,
    (cloud, revisions, related): (Extract<Res<Cloud>>, Extract<Res<CloudRevisions>>, Extract<Res<Related>>),
    view: Extract<Res<CurrentView>>,
) {
    if let Some(marked) = &mut buffers.marked {
        marked.arrive(&cloud);
    }
    let of = (**revisions, view.points == PointStyle::Density);
    if buffers.marked_of.replace(of) == Some(of) {
        return;
    }
    buffers.marked = None;
    let is_small = buffers.all.count <= DRAWN_WHOLE && !of.1;
    if is_small || cloud.styles().is_empty() || related.is_empty() || related.rows().nth(MOST_MARKED).is_some() {
        return;
    }
    let device = Device(device.clone(), cloud.device);
    // Of two at the same depth the later one is on top, as among all points.
    let mut rows: Vec<u32> = related.rows().filter(|&row| (row as usize) < cloud.len()).collect();
    rows.sort_by_cached_key(|&row| cloud.shuffle.slot(row as usize));
    let track = |course: &Course| {
        let mut track = Track::default();
        track.follow(course, (None, false), |of| device.listed("marked", &rows, of));
        track
    };
    buffers.marked = Some(Columns {
        count: rows.len(),
        first: track(&cloud.first),
        second: cloud.second.as_ref().map(track),
        styles: Some(device.listed("marked", &rows, |row| cloud.styles()[row])),
        rows: Some(device.listed("marked", &rows, |row| row as u32)),
    });
}
