//! The functions that the loader calls: they turn what C passes into values, and call the rest of
//! the crate, which knows no pointers.
//!
//! Parameters are `Option<&T>` where OpenXR has a pointer to something that the program has filled
//! in, and `Option<&mut MaybeUninit<T>>` where the runtime fills it in: both have the form of a
//! pointer that may be null. That a pointer which is not null points to what OpenXR says is for the
//! program to see to, and the only thing that is not checked here.

mod actions;
mod frame;
mod instance;
mod memory;
mod session;
mod table;
mod vulkan;

use crate::instance::{Fault, Mock, Outcome};
use crate::stage::Stage;
use openxr_sys as sys;
use serde_json::json;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// The runtime; a program has one.
static MOCK: LazyLock<Mutex<Mock>> = LazyLock::new(|| Mutex::new(Mock { stage: Stage::set(), instance: None }));

fn lock() -> MutexGuard<'static, Mock> {
    MOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what the function `call` does.
fn enter(call: &str, act: impl FnOnce(&mut Mock) -> Outcome<()>) -> sys::Result {
    enter_for(call, |mock| act(mock).map(|()| sys::Result::SUCCESS))
}

/// Runs what the function `call` does, which has more than one way to succeed.
fn enter_for(call: &str, act: impl FnOnce(&mut Mock) -> Outcome<sys::Result>) -> sys::Result {
    let mut mock = lock();
    let outcome = act(&mut mock);
    report(&mut mock.stage, call, outcome)
}

fn report(stage: &mut Stage, call: &str, outcome: Outcome<sys::Result>) -> sys::Result {
    match outcome {
        Ok(result) => result,
        Err(Fault::Misuse(result, message)) => {
            let fields = json!({"call": call, "result": format!("{result:?}"), "message": message});
            stage.report("misuse", fields);
            result
        }
        Err(Fault::Scripted(result)) => {
            stage.report("refused", json!({"call": call, "result": format!("{result:?}")}));
            result
        }
        Err(Fault::Missing) => sys::Result::ERROR_FUNCTION_UNSUPPORTED,
    }
}
