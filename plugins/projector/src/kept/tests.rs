//! Each rule of the module, as a table of events and what becomes of the layout.

use parallax_projection::{How, LearningRate, TsneConfig, UmapConfig};
use parallax_session::{CustomAxis, Search, Side};

use super::*;

/// What the view asks for, owned.
struct Asked {
    recipe: Arc<Recipe>,
    projection: Projection,
}

impl Asked {
    fn of(projection: Projection) -> Self {
        let recipe = Arc::new(projection.recipe(&Metadata::default(), None).unwrap());
        Self { recipe, projection }
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { recipe: &self.recipe, projection: &self.projection }
    }
}

fn pca() -> Asked {
    Asked::of(Projection::default())
}

fn whitened() -> Asked {
    Asked::of(Projection { whiten: true, ..Projection::default() })
}

fn tsne_with(change: impl FnOnce(&mut TsneConfig)) -> Asked {
    let mut tsne = TsneConfig::recommended();
    change(&mut tsne);
    Asked::of(Projection { method: Method::Tsne, tsne, ..Projection::default() })
}

fn tsne() -> Asked {
    tsne_with(|_| {})
}

fn denser() -> Asked {
    tsne_with(|tsne| tsne.perplexity = Some(8.0))
}

fn umap() -> Asked {
    Asked::of(Projection { method: Method::Umap, umap: UmapConfig::recommended(), ..Projection::default() })
}

/// A picture of its own.
fn picture(steps: Option<Steps>) -> Picture {
    let layout = Arc::new(Layout::from(ndarray::Array2::zeros((2, 3))));
    Picture { layout, frame: Frame::default(), explained_variance: Arc::new([]), steps }
}

/// A picture after some of ten steps, as the run reports it.
fn stepped(iteration: usize) -> Picture {
    let running = iteration < 10;
    picture(Some(Steps { iteration, iterations: 10, running, ..Steps::default() }))
}

fn kept(asked: &Asked, state: State) -> Kept {
    Kept { recipe: asked.recipe.clone(), projection: Arc::new(asked.projection.clone()), state, past: Past::Settings }
}

/// Lets `events` happen. Returns what becomes of the layout, and the effect of the last event.
fn after(mut kept: Option<Kept>, asked: &Asked, events: &[Event]) -> (Option<Kept>, Effect) {
    let mut effect = Effect::Rest;
    for event in events {
        (kept, effect) = next(kept, Some(asked.wanted()), event.clone());
    }
    (kept, effect)
}

/// The phase of a computed layout.
fn phase(kept: Option<&Kept>) -> Option<Phase> {
    match kept?.state {
        State::Computed { phase, .. } => Some(phase),
        State::Restored(_) | State::OfMore(_) => None,
    }
}

fn layout(kept: Option<&Kept>) -> Option<&Arc<Layout>> {
    Some(&kept?.picture()?.layout)
}

fn run(kept: Option<&Kept>) -> *const Live {
    Arc::as_ptr(kept.unwrap().live().unwrap())
}

/// The job in short.
fn job(effect: &Effect) -> &'static str {
    match effect {
        Effect::Rest => "none",
        Effect::Compute(_) => "compute",
        Effect::Run(..) => "run",
    }
}

const RESTART: Event = Event::Steer(Steer::Restart);
const RESTART_HERE: Event = Event::Steer(Steer::RestartHere);
const RESUME: Event = Event::Steer(Steer::Resume);
const PERTURB: Event = Event::Steer(Steer::Perturb);
const PAUSE: Event = Event::Steer(Steer::Pause);

#[test]
fn each_event_leads_to_its_phase_and_job() {
    use Event::{Cancel, Compare, Done, Enter, Failed, Made, Stepped};
    use Phase::{Finished, Running, Stopped};
    let made = || Made(picture(None));
    let step = || Stepped(stepped(3));
    let cases: &[(&str, fn() -> Asked, Vec<Event>, Option<Phase>, &str)] = &[
        ("nothing is computed before it is looked at", pca, vec![Enter, RESTART, Cancel], None, "none"),
        ("PCA starts", pca, vec![Compare], Some(Running), "compute"),
        ("PCA goes on", pca, vec![Compare, Compare], Some(Running), "compute"),
        ("PCA ends", pca, vec![Compare, made(), Compare], Some(Finished), "none"),
        ("PCA fails once", pca, vec![Compare, Failed, Compare, Enter, Compare], Some(Phase::Failed), "none"),
        ("PCA cannot be paused", pca, vec![Compare, PAUSE], Some(Running), "compute"),
        ("PCA cannot be continued", pca, vec![Compare, made(), RESUME, PERTURB], Some(Finished), "none"),
        ("shown PCA does not restart", pca, vec![Compare, made(), RESTART, RESTART_HERE], Some(Finished), "none"),
        ("PCA that has failed restarts", pca, vec![Compare, Failed, RESTART], Some(Running), "compute"),
        ("canceled PCA stays so while it is current", pca, vec![Compare, Cancel, Compare], Some(Stopped), "none"),
        ("canceled PCA restarts", pca, vec![Compare, Cancel, RESTART], Some(Running), "compute"),
        ("canceled PCA is tried again later", pca, vec![Compare, Cancel, Enter, Compare], Some(Running), "compute"),
        ("canceling does not undo PCA", pca, vec![Compare, made(), Cancel, Enter], Some(Finished), "none"),
        ("a run starts", tsne, vec![Compare], Some(Running), "run"),
        ("a step is not the end", tsne, vec![Compare, step()], Some(Running), "run"),
        ("a run ends", tsne, vec![Compare, step(), Done, Compare], Some(Finished), "none"),
        ("a run pauses", tsne, vec![Compare, step(), PAUSE, Compare], Some(Stopped), "none"),
        ("to cancel a run is to pause it", tsne, vec![Compare, step(), Cancel, Compare], Some(Stopped), "none"),
        ("a paused run stays so elsewhere", tsne, vec![Compare, PAUSE, Enter, Compare], Some(Stopped), "none"),
        ("the step under way may still arrive", tsne, vec![Compare, PAUSE, step()], Some(Stopped), "none"),
        ("a paused run continues", tsne, vec![Compare, PAUSE, RESUME], Some(Running), "run"),
        ("a paused run continues when shaken", tsne, vec![Compare, PAUSE, PERTURB], Some(Running), "run"),
        ("a finished run continues", tsne, vec![Compare, step(), Done, RESUME], Some(Running), "run"),
        ("a finished run cannot be paused", tsne, vec![Compare, step(), Done, PAUSE, Cancel], Some(Finished), "none"),
        ("a run that has failed continues", tsne, vec![Compare, Failed, RESUME], Some(Running), "run"),
        ("a run that has failed restarts", tsne, vec![Compare, Failed, RESTART], Some(Running), "run"),
        ("nothing ends a paused run", tsne, vec![Compare, PAUSE, Done, Failed, made()], Some(Stopped), "none"),
        ("nothing fails once it is finished", pca, vec![Compare, made(), Failed], Some(Finished), "none"),
        ("UMAP runs", umap, vec![Compare, step(), PAUSE, RESUME, Compare], Some(Running), "run"),
    ];
    for (name, asked, events, expected, needed) in cases {
        let (kept, effect) = after(None, &asked(), events);
        assert_eq!((phase(kept.as_ref()), job(&effect)), (*expected, *needed), "{name}");
    }
}

#[test]
fn method_without_steps_is_computed_again_with_other_settings() {
    let made = picture(None);
    for before in [Event::Made(made.clone()), Event::Failed, Event::Cancel, Event::Compare] {
        let (kept, _) = after(None, &pca(), &[Event::Compare, before.clone()]);
        let shown = layout(kept.as_ref()).cloned();
        let other = whitened();
        let (kept, effect) = after(kept, &other, &[Event::Compare]);
        assert!(matches!(effect, Effect::Compute(recipe) if Arc::ptr_eq(&recipe, &other.recipe)), "after {before:?}");
        assert_eq!(phase(kept.as_ref()), Some(Phase::Running));
        assert_eq!(layout(kept.as_ref()), shown.as_ref(), "the last picture stays until there is another");
        assert_eq!(*kept.unwrap().projection, other.projection);
    }
}

/// An axis that has no direction while it is typed.
#[test]
fn settings_that_cannot_be_computed_change_nothing() {
    for event in [Event::Compare, Event::Made(picture(None)), Event::Cancel] {
        let (kept, _) = after(None, &pca(), &[Event::Compare, event]);
        let (before, shown) = (phase(kept.as_ref()), layout(kept.as_ref()).cloned());
        let (kept, _) = next(kept, None, Event::Compare);
        assert_eq!((phase(kept.as_ref()), layout(kept.as_ref())), (before, shown.as_ref()));
    }
    let (kept, effect) = next(None, None, Event::Compare);
    assert!(kept.is_none() && job(&effect) == "none");
}

#[test]
fn method_with_steps_takes_its_settings_at_the_next_start() {
    for end in [vec![], vec![PAUSE], vec![Event::Done]] {
        let (kept, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(stepped(3))]);
        let (kept, _) = after(kept, &tsne(), &end);
        let (before, own) = (phase(kept.as_ref()), run(kept.as_ref()));
        let (kept, _) = after(kept, &denser(), &[Event::Compare]);
        assert_eq!((phase(kept.as_ref()), run(kept.as_ref())), (before, own), "{end:?}");
        let steps = |kept: &Option<Kept>| kept.as_ref()?.picture()?.steps.clone();
        assert!(steps(&kept).unwrap().outdated, "{end:?}");
        let (back, _) = after(kept.clone(), &tsne(), &[Event::Compare]);
        assert!(!steps(&back).unwrap().outdated, "{end:?}");
        let asked = denser();
        let (kept, effect) = after(kept, &asked, &[RESTART]);
        assert!(matches!(effect, Effect::Run(recipe, ..) if Arc::ptr_eq(&recipe, &asked.recipe)), "{end:?}");
        assert_eq!((run(kept.as_ref()) == own, layout(kept.as_ref())), (false, None), "{end:?}");
    }
}

#[test]
fn run_that_shows_nothing_starts_over_with_other_settings_unless_it_goes_on() {
    for (end, starts_over) in [(Event::Failed, true), (PAUSE, true), (Event::Compare, false)] {
        let (kept, _) = after(None, &tsne(), &[Event::Compare, end.clone()]);
        let own = run(kept.as_ref());
        let (same, _) = after(kept.clone(), &tsne(), &[Event::Compare]);
        assert_eq!(
            (run(same.as_ref()), phase(same.as_ref())),
            (own, phase(kept.as_ref())),
            "after {end:?}, with the same settings"
        );
        let (kept, effect) = after(kept, &denser(), &[Event::Compare]);
        assert_eq!((run(kept.as_ref()) != own, job(&effect)), (starts_over, "run"), "after {end:?}");
    }
}

#[test]
fn learning_rate_and_supervision_reach_the_run() {
    let faster = tsne_with(|tsne| tsne.learning_rate = Some(50.0));
    let supervised = tsne_with(|tsne| tsne.supervise = 0.5);
    let supervised = {
        let mut projection = supervised.projection.clone();
        projection.supervision = 0.5;
        Asked::of(projection)
    };
    let rate = Steering { learning_rate: Some(LearningRate(Some(50.0))), ..Steering::default() };
    let weight = Steering { supervision: Some((Arc::from([]), 0.5)), ..Steering::default() };
    for (asked, expected) in [(faster, rate), (supervised, weight)] {
        let (kept, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(stepped(3))]);
        let own = run(kept.as_ref());
        let (kept, effect) = after(kept, &asked, &[Event::Compare]);
        assert!(matches!(&effect, Effect::Run(_, _, news) if *news == expected), "{effect:?}");
        assert_eq!(run(kept.as_ref()), own);
        assert!(!kept.as_ref().unwrap().picture().unwrap().steps.as_ref().unwrap().outdated);
        let (kept, effect) = after(kept, &asked, &[Event::Compare]);
        assert!(matches!(&effect, Effect::Run(_, _, news) if *news == Steering::default()), "it is told once");
        // A run that rests gets it when it continues.
        let (kept, effect) = after(kept, &tsne(), &[PAUSE, Event::Compare]);
        assert_eq!(job(&effect), "none");
        let (_, effect) = after(kept, &tsne(), &[RESUME, Event::Compare]);
        assert!(matches!(&effect, Effect::Run(_, _, news) if *news != Steering::default()), "{effect:?}");
    }
}

/// What the copied command and the stability of clusters go by.
#[test]
fn layout_knows_what_its_settings_do_not_say() {
    let past = |kept: Option<Kept>, asked: &Asked, events: &[Event]| after(kept, asked, events).0.unwrap().past;
    let begun = || after(None, &tsne(), &[Event::Compare, Event::Stepped(stepped(3))]).0;
    assert_eq!(past(begun(), &tsne(), &[Event::Compare, PAUSE, RESUME, Event::Done]), Past::Settings);
    assert_eq!(past(begun(), &denser(), &[Event::Compare]), Past::Settings, "they wait for the next start");
    assert_eq!(past(begun(), &tsne(), &[PERTURB]), Past::Perturbed);
    let faster = tsne_with(|tsne| tsne.learning_rate = Some(50.0));
    assert_eq!(past(begun(), &faster, &[Event::Compare]), Past::Steered);
    assert_eq!(past(begun(), &tsne(), &[RESTART_HERE]), Past::Layout);
    for before in [&[PERTURB][..], &[RESTART_HERE]] {
        let (kept, _) = after(begun(), &tsne(), before);
        assert_eq!(past(kept.clone(), &tsne(), &[Event::Compare, PAUSE, RESUME]), kept.as_ref().unwrap().past);
        assert_eq!(past(kept, &tsne(), &[RESTART]), Past::Settings);
    }
    let down = begun().unwrap().hand_down((Method::Tsne, Dims::Three)).unwrap();
    assert_eq!((down.past, past(Some(down), &tsne(), &[RESTART])), (Past::MoreRows, Past::Settings));
    let kept = begun().unwrap().keep((Method::Tsne, Dims::Three), None).unwrap();
    let restored = Kept::restore(&kept, (*tsne().recipe).clone());
    assert_eq!((restored.past, past(Some(restored), &tsne(), &[RESUME])), (Past::Bookmark, Past::Layout));
}

#[test]
fn restart_begins_anew_and_restart_here_from_the_layout() {
    let shown = stepped(3);
    for (steer, from) in [(RESTART, None), (RESTART_HERE, Some(shown.layout.clone()))] {
        for end in [Event::Compare, PAUSE, Event::Done] {
            let (kept, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(shown.clone()), end]);
            let own = run(kept.as_ref());
            let (kept, effect) = after(kept, &tsne(), std::slice::from_ref(&steer));
            let Effect::Run(_, live, news) = effect else { panic!("it runs") };
            assert_eq!((live.from.as_ref(), news), (from.as_ref(), Steering::default()));
            assert_ne!(run(kept.as_ref()), own);
        }
    }
}

#[test]
fn continuing_a_finished_run_adds_steps_and_perturbing_shakes_it() {
    for (iteration, steer, extend, perturb) in
        [(3, RESUME, false, false), (3, PERTURB, false, true), (10, RESUME, true, false), (10, PERTURB, true, true)]
    {
        let (kept, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(stepped(iteration)), PAUSE]);
        let own = run(kept.as_ref());
        let (kept, effect) = after(kept, &tsne(), &[steer]);
        let expected = Steering { perturb, extend, ..Steering::default() };
        assert!(matches!(&effect, Effect::Run(_, _, news) if *news == expected), "{effect:?}");
        assert_eq!(run(kept.as_ref()), own, "the run itself goes on");
    }
}

#[test]
fn steps_say_that_they_go_on_only_while_they_do() {
    let running = |kept: &Option<Kept>| kept.as_ref().unwrap().picture().unwrap().steps.as_ref().unwrap().running;
    let (kept, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(stepped(3))]);
    assert!(running(&kept));
    for end in [PAUSE, Event::Cancel, Event::Done, Event::Failed] {
        let (kept, _) = after(kept.clone(), &tsne(), &[end, Event::Stepped(stepped(4))]);
        assert!(!running(&kept));
        let (kept, _) = after(kept, &tsne(), &[RESUME]);
        assert!(!running(&kept), "there is no step yet");
        let (kept, _) = after(kept, &tsne(), &[Event::Stepped(stepped(5))]);
        assert!(running(&kept));
    }
}

#[test]
fn run_of_a_bookmark_rests_and_continues_from_its_layout() {
    let shown = stepped(7);
    let kept = Some(kept(&tsne(), State::Restored(shown.clone())));
    for event in [Event::Enter, Event::Compare, PAUSE, Event::Cancel, Event::Done, Event::Failed] {
        let (same, effect) = after(kept.clone(), &denser(), &[event]);
        assert!(matches!(same.unwrap().state, State::Restored(_)));
        assert_eq!(job(&effect), "none");
    }
    for (steer, from) in [
        (RESUME, Some(&shown.layout)),
        (PERTURB, Some(&shown.layout)),
        (RESTART_HERE, Some(&shown.layout)),
        (RESTART, None),
    ] {
        let (_, effect) = after(kept.clone(), &tsne(), &[steer]);
        let Effect::Run(_, live, news) = effect else { panic!("it runs") };
        assert_eq!((live.from.as_ref(), news), (from, Steering::default()));
    }
}

#[test]
fn components_of_a_bookmark_are_computed_if_it_lacks_one_that_is_shown() {
    let five = Picture { explained_variance: vec![0.2; 5].into(), ..picture(None) };
    let showing = |component| Asked::of(Projection { components: [0, 1, component], ..Projection::default() });
    for (component, needed) in [(2, "none"), (3, "compute"), (4, "compute"), (5, "none")] {
        let asked = showing(component);
        let (kept, effect) = after(Some(kept(&pca(), State::Restored(five.clone()))), &asked, &[Event::Compare]);
        assert_eq!(job(&effect), needed, "the bookmark has three of five, and component {component} is shown");
        assert_eq!(layout(kept.as_ref()), Some(&five.layout));
    }
    let (_, effect) = after(Some(kept(&pca(), State::Restored(five))), &whitened(), &[Event::Compare]);
    assert_eq!(job(&effect), "compute", "other settings");
}

#[test]
fn isolated_rows_keep_their_places_until_a_person_starts_the_method() {
    let shown = stepped(7);
    let kept = Some(kept(&tsne(), State::OfMore(shown.clone())));
    for event in [Event::Enter, Event::Compare, RESUME, PERTURB, PAUSE, Event::Cancel] {
        let (same, effect) = after(kept.clone(), &denser(), std::slice::from_ref(&event));
        assert!(same.unwrap().is_of_more(), "{event:?}");
        assert_eq!(job(&effect), "none");
    }
    for (steer, from) in [(RESTART, None), (RESTART_HERE, Some(&shown.layout))] {
        let (started, effect) = after(kept.clone(), &tsne(), &[steer]);
        let Effect::Run(_, live, _) = effect else { panic!("it runs") };
        assert_eq!((live.from.as_ref(), started.unwrap().is_of_more()), (from, false));
    }
}

#[test]
fn only_pictures_of_methods_with_steps_are_handed_down() {
    let (computed, _) = after(None, &pca(), &[Event::Compare, Event::Made(picture(None))]);
    assert!(computed.unwrap().hand_down((Method::Pca, Dims::Three)).is_none());
    let (early, _) = after(None, &tsne(), &[Event::Compare]);
    assert!(early.unwrap().hand_down((Method::Tsne, Dims::Three)).is_none(), "there is no picture yet");
    let shown = stepped(3);
    let (running, _) = after(None, &tsne(), &[Event::Compare, Event::Stepped(shown.clone())]);
    let put = [State::Restored(shown.clone()), State::OfMore(shown.clone())].map(|state| kept(&tsne(), state));
    for kept in put.into_iter().chain(running) {
        let down = kept.hand_down((Method::Tsne, Dims::Three)).unwrap();
        let State::OfMore(picture) = down.state else { panic!("it has more rows") };
        assert_eq!(picture, Picture { steps: None, ..shown.clone() });
    }
}

/// An axis along a component, which is computed, or fails, or is typed anew: between ends that no
/// row matches.
#[test]
fn custom_axes_without_a_direction_show_pca_unless_axes_were_shown() {
    let axis = |first| Projection {
        method: Method::Custom,
        axes: [first, CustomAxis::Off, CustomAxis::Off],
        ..Projection::default()
    };
    let end = || Side::Search(Search { text: "nothing".into(), ..Search::default() });
    let typed = axis(CustomAxis::Between { left: end(), right: end() });
    assert!(typed.recipe(&Metadata::default(), None).is_err());
    let asked = Asked::of(axis(CustomAxis::Component(0)));
    let (running, _) = after(None, &asked, &[Event::Compare]);
    let (failed, _) = after(None, &asked, &[Event::Compare, Event::Failed]);
    let (shown, _) = after(None, &asked, &[Event::Compare, Event::Made(picture(None))]);
    let (kept_on, _) =
        after(shown.clone(), &Asked::of(axis(CustomAxis::Component(1))), &[Event::Compare, Event::Failed]);
    let other = Arc::new(axis(CustomAxis::Component(2)).recipe(&Metadata::default(), None).unwrap());
    let good = Some(asked.recipe.clone());
    for (name, kept, projection, recipe, expected) in [
        ("typed", None, &typed, None, Method::Pca),
        ("typed while others are computed", running.as_ref(), &typed, None, Method::Pca),
        ("typed after others were shown", shown.as_ref(), &typed, None, Method::Custom),
        ("typed after others have failed on what is shown", kept_on.as_ref(), &typed, None, Method::Custom),
        ("complete", None, &asked.projection, good.clone(), Method::Custom),
        ("being computed", running.as_ref(), &asked.projection, good.clone(), Method::Custom),
        ("failed", failed.as_ref(), &asked.projection, good, Method::Pca),
        ("other than the failed", failed.as_ref(), &asked.projection, Some(other), Method::Custom),
    ] {
        let (computed, made) = in_effect(kept, projection, recipe.clone(), &Metadata::default());
        assert_eq!(computed.method, expected, "{name}");
        assert_eq!(made.is_some(), expected == Method::Pca || recipe.is_some(), "{name}");
        let is_pca = matches!(made.map(|made| made.how.clone()), Some(How::Pca { .. }));
        assert_eq!(is_pca, expected == Method::Pca, "{name}");
    }
}
