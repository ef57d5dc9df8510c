//! Reading and writing what belongs to the program.
#![allow(unsafe_code, reason = "structures of C: chains, arrays with their length, and outputs with a header")]

use crate::instance::{Outcome, misuse};
use openxr_sys as sys;
use std::ffi::{CStr, c_char, c_void};
use std::mem::MaybeUninit;

/// A structure that the program has filled in.
pub(super) trait Input {
    const TYPE: sys::StructureType;
    fn header(&self) -> (sys::StructureType, *const c_void);
}

/// A structure of which the program has filled in only type and chain.
pub(super) trait Output {
    const TYPE: sys::StructureType;
}

macro_rules! inputs {
    ($($name:ident)*) => {$(
        impl Input for sys::$name {
            const TYPE: sys::StructureType = sys::$name::TYPE;
            fn header(&self) -> (sys::StructureType, *const c_void) {
                (self.ty, self.next.cast())
            }
        }
    )*};
}

macro_rules! outputs {
    ($($name:ident)*) => {$(
        impl Output for sys::$name {
            const TYPE: sys::StructureType = sys::$name::TYPE;
        }
    )*};
}

inputs! {
    ActionCreateInfo ActionSetCreateInfo ActionSpaceCreateInfo ActionStateGetInfo ActionsSyncInfo
    BoundSourcesForActionEnumerateInfo FrameEndInfo GraphicsBindingVulkanKHR HapticActionInfo HapticVibration
    InputSourceLocalizedNameGetInfo InstanceCreateInfo InteractionProfileSuggestedBinding
    ReferenceSpaceCreateInfo SessionActionSetsAttachInfo SessionBeginInfo SessionCreateInfo
    SwapchainCreateInfo SwapchainImageWaitInfo SystemGetInfo ViewLocateInfo VulkanDeviceCreateInfoKHR
    VulkanGraphicsDeviceGetInfoKHR VulkanInstanceCreateInfoKHR CompositionLayerProjection
    CompositionLayerProjectionView CompositionLayerQuad
}

outputs! {
    ActionStateBoolean ActionStateFloat ActionStatePose ActionStateVector2f EventDataBuffer
    ExtensionProperties FrameState GraphicsRequirementsVulkanKHR InstanceProperties
    InteractionProfileState SpaceLocation SpaceVelocity SwapchainImageVulkanKHR SystemProperties View
    ViewConfigurationProperties ViewConfigurationView ViewState
}

fn null<T>() -> Outcome<T> {
    misuse(sys::Result::ERROR_VALIDATION_FAILURE, "a pointer is null")
}

fn wrong<T>(found: sys::StructureType, expected: sys::StructureType) -> Outcome<T> {
    misuse(sys::Result::ERROR_VALIDATION_FAILURE, format!("a structure is {found:?}, not {expected:?}"))
}

pub(super) fn input<T: Input>(structure: Option<&T>) -> Outcome<&T> {
    match structure {
        Some(structure) if structure.header().0 == T::TYPE => Ok(structure),
        Some(structure) => wrong(structure.header().0, T::TYPE),
        None => null(),
    }
}

/// Returns the first structure of a type in a chain.
pub(super) fn chained<'a, T: Input>(mut next: *const c_void) -> Option<&'a T> {
    // SAFETY: structures of a chain begin with type and next, and live as long as the call.
    unsafe {
        while let Some(header) = next.cast::<sys::BaseInStructure>().as_ref() {
            if header.ty == T::TYPE {
                return next.cast::<T>().as_ref();
            }
            next = header.next.cast();
        }
    }
    None
}

/// Returns a structure that the program passes as a header: a layer, haptic feedback.
pub(super) fn downcast<'a, T: Input, H>(header: *const H) -> Option<&'a T> {
    // SAFETY: as in `chained`; only the first structure is looked at.
    let ty = unsafe { header.cast::<sys::BaseInStructure>().as_ref() }?.ty;
    // SAFETY: the type says so.
    unsafe { (ty == T::TYPE).then(|| &*header.cast::<T>()) }
}

/// Returns the type of a structure that the program passes as a header.
pub(super) fn kind<H>(header: *const H) -> Option<sys::StructureType> {
    // SAFETY: as in `downcast`.
    unsafe { header.cast::<sys::BaseInStructure>().as_ref() }.map(|header| header.ty)
}

pub(super) fn slice<'a, T>(items: *const T, count: u32) -> Outcome<&'a [T]> {
    match (items.is_null(), count) {
        (_, 0) => Ok(&[]),
        (true, _) => null(),
        // SAFETY: the program says how many there are, and they live as long as the call.
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(items, count as usize) }),
    }
}

pub(super) fn text<'a>(text: *const c_char) -> Outcome<&'a str> {
    if text.is_null() {
        return null();
    }
    // SAFETY: strings of OpenXR end with 0, and live as long as the call.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().or_else(|_| misuse(sys::Result::ERROR_VALIDATION_FAILURE, "a string is not UTF-8"))
}

/// Returns the string in an array, which ends with 0.
pub(super) fn fixed(text: &[c_char]) -> Outcome<String> {
    let bytes: Vec<u8> = text.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
    match String::from_utf8(bytes) {
        Ok(string) if string.len() < text.len() => Ok(string),
        _ => misuse(sys::Result::ERROR_VALIDATION_FAILURE, "a string has no end, or is not UTF-8"),
    }
}

/// Returns an array with a string that ends with 0.
pub(super) fn array<const N: usize>(text: &str) -> [c_char; N] {
    let mut array = [0; N];
    let places = &mut array[..N - 1];
    places.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte as c_char);
    array
}

/// Writes something that is not a structure with a header.
pub(super) fn put<T>(place: Option<&mut MaybeUninit<T>>, value: T) -> Outcome<()> {
    match place {
        Some(place) => {
            place.write(value);
            Ok(())
        }
        None => null(),
    }
}

/// Writes a structure, and leaves its chain as it is.
pub(super) fn answer<T: Output>(place: Option<&mut MaybeUninit<T>>, value: T) -> Outcome<()> {
    place.map_or_else(null, |place| write(place.as_mut_ptr(), T::TYPE, value))
}

/// Writes an event in place of the buffer that the program has for every event.
pub(super) fn event<T>(place: Option<&mut MaybeUninit<sys::EventDataBuffer>>, value: T) -> Outcome<()> {
    const { assert!(size_of::<T>() <= size_of::<sys::EventDataBuffer>()) };
    let Some(place) = place else { return null() };
    let place = place.as_mut_ptr();
    if kind(place) != Some(sys::EventDataBuffer::TYPE) {
        return wrong(kind(place).unwrap_or_default(), sys::EventDataBuffer::TYPE);
    }
    // SAFETY: the buffer is as large and as aligned as any event.
    unsafe { place.cast::<T>().write(value) };
    Ok(())
}

/// Writes a structure of the chain of an output, if it is there.
pub(super) fn answer_chained<P: Output, T: Output>(place: Option<&mut MaybeUninit<P>>, value: T) {
    let Some(place) = place else { return };
    let mut next = place.as_mut_ptr().cast::<sys::BaseOutStructure>();
    // SAFETY: structures of a chain begin with type and next, which the program has filled in.
    unsafe {
        while let Some(header) = next.as_ref() {
            if header.ty == T::TYPE {
                let _ = write(next.cast::<T>(), T::TYPE, value);
                return;
            }
            next = header.next;
        }
    }
}

/// Answers a call that is made twice: for the number of items, and for the items.
pub(super) fn list<T: Copy>(
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut T,
    items: &[T],
) -> Outcome<()> {
    if room(capacity, count, places.is_null(), items.len())? {
        // SAFETY: there is room for `capacity` items.
        unsafe { places.copy_from_nonoverlapping(items.as_ptr(), items.len()) };
    }
    Ok(())
}

/// As [`list`], for structures that begin with type and chain.
pub(super) fn structures<T: Output + Copy>(
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut T,
    items: &[T],
) -> Outcome<()> {
    if room(capacity, count, places.is_null(), items.len())? {
        for (index, item) in items.iter().enumerate() {
            // SAFETY: there is room for `capacity` items.
            write(unsafe { places.add(index) }, T::TYPE, *item)?;
        }
    }
    Ok(())
}

/// As [`list`], for a string, which ends with 0.
pub(super) fn string(
    capacity: u32,
    count: Option<&mut MaybeUninit<u32>>,
    places: *mut c_char,
    text: &str,
) -> Outcome<()> {
    let bytes: Vec<c_char> = text.bytes().chain([0]).map(|byte| byte as c_char).collect();
    list(capacity, count, places, &bytes)
}

/// Returns whether the program wants the items.
fn room(capacity: u32, count: Option<&mut MaybeUninit<u32>>, no_places: bool, length: usize) -> Outcome<bool> {
    put(count, length as u32)?;
    match capacity {
        0 => Ok(false),
        _ if no_places => null(),
        _ if (capacity as usize) < length => {
            misuse(sys::Result::ERROR_SIZE_INSUFFICIENT, format!("{length} do not fit into {capacity}"))
        }
        _ => Ok(true),
    }
}

fn write<T>(place: *mut T, ty: sys::StructureType, value: T) -> Outcome<()> {
    let header = place.cast::<sys::BaseOutStructure>();
    // SAFETY: the program has filled in type and next, and there is room for the structure.
    unsafe {
        let before = header.read();
        if before.ty != ty {
            return wrong(before.ty, ty);
        }
        place.write(value);
        header.write(before);
    }
    Ok(())
}
