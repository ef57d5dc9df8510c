//! Messages, and running jobs.

use super::*;

#[test]
fn messages_are_acted_on_and_dismissed() {
    let mut world = World::new(100, 64);
    let action = Box::leak(Box::new(Action::Edit(Edit::AllowOutside)));
    world.toasts =
        vec![Toast { id: 7, severity: Some(Severity::Error), text: "a.tsv: no", action: Some(("Allow", action)) }];
    let mut harness = world.open();
    harness.get_by_label("Allow").click();
    harness.run();
    assert_eq!(harness.state().actions, [Action::Edit(Edit::AllowOutside), Action::Shell(ShellAction::Dismiss(7))]);
    click(&mut harness, "Dismiss", Action::Shell(ShellAction::Dismiss(7)));
}

#[test]
fn work_shows_where_its_result_will_and_can_be_cancelled() {
    let job = Job { name: "PCA", message: "Covariance", fraction: 0.4, ..Job::default() };
    let mut world = World::new(100, 64);
    world.projecting = Some(job);
    let mut harness = world.open();
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(None)));

    let mut world = World::new(0, 0);
    world.embedding = None;
    world.loading = Some(Job { name: "Loading x.npy", ..job });
    let mut harness = world.open();
    assert!(harness.query_all_by_label("Loading x.npy").next().is_some());
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(None)));
}

#[test]
fn log_lists_earlier_messages() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_label("100 points").click();
    harness.run();
    assert!(harness.query_by_label("There are no messages yet.").is_some());
    press(&mut harness, egui::Modifiers::NONE, egui::Key::Escape);
    let ago = std::time::Duration::from_secs(130);
    harness.state_mut().log = vec![Said { severity: None, text: "Wrote a.tsv.", ago }];
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::M);
    assert!(harness.query_by_label("Wrote a.tsv.").is_some() && harness.query_by_label("2 min ago").is_some());
    harness.get_by_label("Copy all").click();
    harness.run();
    assert_eq!(harness.state().copied, ["2 min ago: Wrote a.tsv."]);
}

#[test]
fn long_job_shows_its_time_left_and_can_be_cancelled() {
    let mut world = World::new(100, 64);
    let left = Some(std::time::Duration::from_secs(75));
    world.jobs = vec![Job { name: "Writing a.npy", message: "Rows", fraction: 0.4, left, cancel: None }];
    let mut harness = world.open();
    assert!(harness.query_by_label("1 min left · 40 %").is_some());
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(None)));
}

#[test]
fn several_jobs_are_cancelled_one_by_one() {
    let mut world = World::new(100, 64);
    let job = |name, cancel| Job { name, message: "Rows", fraction: 0.4, left: None, cancel };
    world.jobs = vec![job("Sorting", Some(JobKind::Sort)), job("Writing", Some(JobKind::Export)), job("Tagging", None)];
    let mut harness = world.open();
    click(&mut harness, "Cancel: Sorting", Action::Job(JobAction::Cancel(Some(JobKind::Sort))));
    click(&mut harness, "Cancel: Writing", Action::Job(JobAction::Cancel(Some(JobKind::Export))));
    assert!(harness.query_by_label("Cancel: Tagging").is_none(), "it cannot be done without");
    click(&mut harness, "Cancel all", Action::Job(JobAction::Cancel(None)));
}
