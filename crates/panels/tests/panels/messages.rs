//! Messages, and running jobs.

use super::*;

#[test]
fn messages_are_acted_on_and_dismissed() {
    let mut world = World::new(100, 64);
    let button = |caption: &str, action| ToastAction { caption: caption.into(), action };
    let forget = JobAction::Discard("left.ron".into());
    let actions = vec![button("Allow", Edit::AllowOutside.into()), button("Discard", forget.clone().into())];
    let (severity, text) = (Some(Severity::Error), "a.tsv: no".into());
    world.toasts = vec![Toast { id: 7, severity, text, actions }];
    let mut harness = world.open();
    harness.get_by_label("Allow").click();
    harness.run();
    assert_eq!(harness.state().actions, [Action::Edit(Edit::AllowOutside), Action::Shell(ShellAction::Dismiss(7))]);
    click(&mut harness, "Dismiss", Action::Shell(ShellAction::Dismiss(7)));
    let [allow, discard] = ["Allow", "Discard"].map(|caption| harness.get_by_label(caption).rect());
    assert!(allow.y_range() == discard.y_range() && allow.max.x < discard.min.x, "{allow} {discard}");
    harness.state_mut().actions.clear();
    harness.get_by_label("Discard").click();
    harness.run();
    assert_eq!(harness.state().actions, [forget.into(), Action::Shell(ShellAction::Dismiss(7))]);
}

#[test]
fn work_shows_where_its_result_will_and_can_be_canceled() {
    let mut world = World::new(100, 64);
    world.projecting = Some(running(JobKind::Project, "PCA", "Covariance"));
    let mut harness = world.open();
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(Some(JobKind::Project))));

    let mut world = World::new(0, 0);
    world.embedding = None;
    world.loading = Some(running(JobKind::Load, "Loading x.npy", "Values"));
    let mut harness = world.open();
    assert!(harness.query_all_by_label("Loading x.npy").next().is_some());
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(Some(JobKind::Load))));
}

#[test]
fn log_lists_earlier_messages() {
    let mut harness = World::new(100, 64).open();
    harness.get_by_label("100 points").click();
    harness.run();
    assert!(harness.query_by_label("There are no messages yet.").is_some());
    press(&mut harness, egui::Modifiers::NONE, egui::Key::Escape);
    let at = Instant::now().checked_sub(Duration::from_secs(130)).unwrap();
    harness.state_mut().log = [Said { severity: None, text: "Wrote a.tsv.".into(), at }].into();
    press(&mut harness, egui::Modifiers::COMMAND, egui::Key::M);
    assert!(harness.query_by_label("Wrote a.tsv.").is_some() && harness.query_by_label("2 min ago").is_some());
    harness.get_by_label("Copy all").click();
    harness.run();
    assert_eq!(harness.state().copied, ["2 min ago: Wrote a.tsv."]);
}

#[test]
fn long_job_shows_its_time_left_and_can_be_canceled() {
    let mut world = World::new(100, 64);
    world.jobs = vec![(running(JobKind::Export, "Writing a.npy", "Rows"), Some(Duration::from_secs(75)))];
    let mut harness = world.open();
    assert!(harness.query_by_label("1 min left · 40 %").is_some());
    click(&mut harness, "Cancel", Action::Job(JobAction::Cancel(Some(JobKind::Export))));
}

#[test]
fn several_jobs_are_canceled_one_by_one() {
    let mut world = World::new(100, 64);
    let job = |name, kind| (running(kind, name, "Rows"), None);
    world.jobs = vec![job("Sorting", JobKind::Sort), job("Writing", JobKind::Export), job("Tagging", JobKind::Tag)];
    let mut harness = world.open();
    click(&mut harness, "Cancel: Sorting", Action::Job(JobAction::Cancel(Some(JobKind::Sort))));
    click(&mut harness, "Cancel: Writing", Action::Job(JobAction::Cancel(Some(JobKind::Export))));
    assert!(harness.query_by_label("Cancel: Tagging").is_none(), "it cannot be done without");
    harness.state_mut().actions.clear();
    harness.get_by_label("Cancel all").click();
    harness.run();
    let all = [JobKind::Sort, JobKind::Export].map(|kind| Action::Job(JobAction::Cancel(Some(kind))));
    assert_eq!(harness.state().actions, all, "work that is shown elsewhere goes on");
}
