//! Each target with seeds that are changed at random, the same each time.
//!
//! `PARALLAX_FUZZ_EXECUTIONS` says how many inputs each target gets, 1000 without it. `cargo xtask fuzz`
//! looks for longer, and where code leads it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests may panic, and say how much they have read")]

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{Mutex, PoisonError},
};

use faults::{Counted, Mutations, Place, TARGETS, Target};

#[global_allocator]
static COUNTED: Counted = Counted;

/// The allocator counts for all threads.
static ONE: Mutex<()> = Mutex::new(());

fn check(name: &str) {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let executions = env::var("PARALLAX_FUZZ_EXECUTIONS").map_or(1000, |number| number.parse().unwrap());
    let (target, place) = (TARGETS.iter().find(|target| target.name == name).unwrap(), Place::new().unwrap());
    let seeds = target.seeds();
    assert!(!seeds.is_empty(), "there is nothing to begin with");
    let checked = |input: &[u8]| {
        catch_unwind(AssertUnwindSafe(|| target.check(&place, input))).unwrap_or_else(|_| {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.input"));
            fs::write(&kept, input).unwrap();
            panic!("{name} failed; the input is in {}", kept.display());
        })
    };
    let read = seeds.iter().filter(|seed| checked(seed)).count();
    assert!(read > 0, "no seed can be read");
    let still = Mutations::new(&seeds, 1).take(executions).filter(|input| checked(input)).count();
    println!("{name}: {read} of {} seeds and {still} of {executions} changed ones can be read", seeds.len());
}

#[test]
fn memory_that_an_input_does_not_justify_is_noticed() {
    let _alone = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let takes = |target: Target, input: &[u8]| {
        catch_unwind(AssertUnwindSafe(|| target.check(&Place::new().unwrap(), input))).unwrap_or(false)
    };
    let greedy = || Target::new("greedy", Vec::new, |_, _| std::hint::black_box(vec![1_u8; 65 << 20]).len() > 1);
    assert!(!takes(greedy(), &[0; 100]), "65 MiB for 100 bytes");
    assert!(takes(greedy(), &vec![0; 1 << 20]), "and for 1 MiB, which may take 68");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        #[test]
        fn each_target_has_a_test() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

targets! {
    npy npz npz_members torch torch_members pickle safetensors shards parquet arrow parquet_folder hdf5 anndata zarr
    word2vec words csv tsv json packed unnamed options metadata sprite images table_v1 table_v2 checkpoint
    log_directory config bookmarks tour tour_unpacked pack pack_members settings action_log view
}
