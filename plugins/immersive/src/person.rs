//! A person in the room: where they stand, and the one thing that they are doing.
//!
//! While a hand holds the cloud, a sphere grows, or the cloud fades, hands do not click and sticks
//! do not turn. What is over leaves a person free; a hand that is closed then holds the cloud from
//! where it is.

use std::time::Duration;

use bevy::prelude::*;
use parallax_picking::Hit;

use crate::{Fade, Grab, Hand, Hands, Room, SnapTurn, Standpoint, panel};

/// Where the person stands and what the hands are doing. Who does not wear the headset is nowhere,
/// and does nothing.
#[derive(Resource, Debug, Default)]
pub struct Person {
    room: Option<Room>,
    doing: Doing,
    turns: [SnapTurn; 2],
    triggers: [Trigger; 2],
    /// The hand that points: the one whose trigger was pulled last.
    pointing: Side,
    hit: Option<Hit>,
    /// Where the panel beside the left hand is, in the room.
    panel: Option<Isometry3d>,
    /// Where the ray meets it, as shares of its size, and how far away.
    panel_hit: Option<(Vec2, f32)>,
    before: Hands,
}

/// What a person does.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Doing {
    /// Points and clicks, and turns in steps.
    #[default]
    Free,
    /// Moves the cloud.
    Holding(Grab),
    /// Draws a sphere.
    Growing(Ball),
    /// Goes to another standpoint.
    Fading(Fade),
}

/// The left or the right hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Side {
    Left,
    #[default]
    Right,
}

/// A trigger. It clicks when it is released, because one that is pulled before another, or before a
/// sphere, only says that points are added.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Trigger {
    #[default]
    Released,
    /// It will click.
    Pulled(Click),
    /// It has been pulled for something else.
    Spent,
}

/// A click, at what the hand pointed at when the trigger was pulled: pulling moves the hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Click {
    pub(crate) row: Option<u32>,
    /// Whether the other trigger was held.
    pub(crate) more: bool,
}

/// A sphere that grows in a hand. In world units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ball {
    side: Side,
    pub(crate) center: Vec3,
    pub(crate) radius: f32,
}

/// The least radius of a sphere that selects, in meters.
const LEAST_BALL: f32 = 0.01;

impl Person {
    /// Returns where the room is. `None` until the head is known.
    #[must_use]
    pub fn room(&self) -> Option<&Room> {
        self.room.as_ref()
    }

    /// Returns how far the cloud has faded, from 0 to 1.
    pub(crate) fn faded(&self) -> f32 {
        if let Doing::Fading(fade) = &self.doing { fade.faded() } else { 0.0 }
    }

    /// Returns where the panel is in the room.
    pub(crate) fn panel(&self) -> Option<Isometry3d> {
        self.panel
    }

    /// Returns where the ray meets the panel, and how far away in meters.
    pub(crate) fn panel_hit(&self) -> Option<(Vec2, f32)> {
        self.panel_hit
    }

    pub(crate) fn ball(&self) -> Option<&Ball> {
        if let Doing::Growing(ball) = &self.doing { Some(ball) } else { None }
    }

    /// Returns the hand that points.
    fn pointing_hand<'a>(&self, hands: &'a Hands) -> &'a Hand {
        &hands.hands[self.pointing as usize]
    }

    /// Returns the ray of the hand that points, in the world, and the point that it hits.
    pub(crate) fn ray(&self, hands: &Hands) -> Option<(Ray3d, Option<Hit>)> {
        let pose = self.room?.pose(&self.pointing_hand(hands).aim?);
        let direction = Dir3::new(pose.rotation * Vec3::NEG_Z).ok()?;
        Some((Ray3d::new(pose.translation.into(), direction), self.hit))
    }

    /// Returns the hands in which a control was not pressed before and is now.
    pub(crate) fn pressed(&self, hands: &Hands, control: impl Fn(&Hand) -> bool) -> impl Iterator<Item = Side> {
        let is = [0, 1].map(|side| control(&hands.hands[side]) && !control(&self.before.hands[side]));
        [Side::Left, Side::Right].into_iter().zip(is).filter(|(_, is)| *is).map(|(side, _)| side)
    }

    /// Remembers what the hands have done in this frame.
    pub(crate) fn remember(&mut self, hands: &Hands) {
        self.before = *hands;
    }

    /// Puts on the headset: the cloud is in front of the person, as seen from `standpoint`. What the
    /// hands do already is no sign.
    pub(crate) fn enter(&mut self, standpoint: &Standpoint, hands: &Hands, head: &Isometry3d) {
        let room = Some(Room::seen_from(standpoint, head));
        let triggers = hands.hands.map(|hand| if hand.trigger { Trigger::Spent } else { Trigger::Released });
        *self = Self { room, triggers, before: *hands, ..Self::default() };
        self.turn(hands);
    }

    /// Takes off the headset, and leaves whatever the person was doing.
    pub(crate) fn leave(&mut self) {
        *self = Self::default();
    }

    /// Begins a fade to a standpoint.
    pub(crate) fn go_to(&mut self, goal: &Standpoint, head: &Isometry3d) {
        if self.room.is_none() {
            return;
        }
        let goal = Room::seen_from(goal, head);
        match &mut self.doing {
            Doing::Fading(fade) => fade.redirect(goal),
            doing => *doing = Doing::Fading(Fade::to(goal)),
        }
    }

    /// Moves the room by the hands, by turns, and by a fade. Returns `true` if the person has moved
    /// and stands still again.
    pub(crate) fn stand(&mut self, hands: &Hands, head: &Isometry3d, passed: Duration) -> bool {
        let turn = self.turn(hands);
        let Some(room) = &mut self.room else { return false };
        let closed = hands.hands.map(|hand| hand.holding_at());
        let is_closed = closed.iter().any(Option::is_some);
        match &mut self.doing {
            Doing::Fading(fade) => {
                fade.follow(room, passed);
                if fade.is_over() {
                    self.doing = Doing::Free;
                }
                false
            }
            Doing::Growing(_) => false,
            Doing::Holding(grab) => {
                grab.follow(room, closed);
                if !is_closed {
                    self.doing = Doing::Free;
                }
                !is_closed
            }
            Doing::Free if is_closed => {
                let mut grab = Grab::default();
                grab.follow(room, closed);
                self.doing = Doing::Holding(grab);
                false
            }
            Doing::Free => {
                *room = turn.map_or(*room, |angle| room.turned(head.translation.into(), angle));
                turn.is_some()
            }
        }
    }

    /// Follows the sticks, and returns the angle of a turn.
    fn turn(&mut self, hands: &Hands) -> Option<f32> {
        let angles = self.turns.iter_mut().zip(&hands.hands).filter_map(|(turn, hand)| {
            // A stick that scrolls the panel does not turn.
            turn.follow(if hand.stick.y.abs() > hand.stick.x.abs() { 0.0 } else { hand.stick.x })
        });
        angles.reduce(|a, b| a + b)
    }

    /// Finds out which hand points, where the panel is, and where the ray meets it. Returns the ray
    /// along which points are to be searched, or `None` if the person is busy.
    pub(crate) fn aim(&mut self, hands: &Hands) -> Option<Ray3d> {
        let tracked = |side: Side| hands.hands[side as usize].aim.is_some();
        let instead = (!tracked(self.pointing) && tracked(self.pointing.other())).then(|| self.pointing.other());
        let pulled = self.pressed(hands, |hand| hand.trigger).last();
        self.pointing = pulled.or(instead).unwrap_or(self.pointing);
        let left = hands.hands[Side::Left as usize].grip.filter(|_| self.room.is_some());
        self.panel = left.zip(hands.head).map(|(grip, head)| panel::beside(&grip, &head));
        // The hand that holds the panel does not touch it.
        let aim = self.pointing_hand(hands).aim.filter(|_| self.pointing == Side::Right);
        self.panel_hit = aim.zip(self.panel).and_then(|(aim, panel)| {
            let direction = Dir3::new(aim.rotation * Vec3::NEG_Z).ok()?;
            panel::met_by(Ray3d::new(aim.translation.into(), direction), &panel)
        });
        let is_free = self.doing == Doing::Free && self.panel_hit.is_none();
        self.ray(hands).map(|(ray, _)| ray).filter(|_| is_free)
    }

    /// Returns `true` if the hand that points has pulled its trigger and will click.
    pub(crate) fn is_clicking(&self) -> bool {
        matches!(self.triggers[self.pointing as usize], Trigger::Pulled(_))
    }

    /// Returns the point that the ray hits.
    pub(crate) fn hit(&self) -> Option<Hit> {
        self.hit
    }

    /// Sets the point that the ray hits.
    pub(crate) fn set_hit(&mut self, hit: Option<Hit>) {
        self.hit = hit;
    }

    /// Follows the triggers. Returns a click if one is released.
    pub(crate) fn click(&mut self, hands: &Hands) -> Option<Click> {
        let mut clicked = None;
        for side in [self.pointing, self.pointing.other()] {
            let hand = &hands.hands[side as usize];
            let is_ready = self.doing == Doing::Free && hand.aim.is_some();
            let now = match (self.triggers[side as usize], hand.trigger) {
                (Trigger::Pulled(click), false) => {
                    clicked = clicked.or(Some(click).filter(|_| is_ready));
                    Trigger::Released
                }
                (_, false) => Trigger::Released,
                (Trigger::Released, true) if is_ready && side == self.pointing && self.panel_hit.is_none() => {
                    self.pull()
                }
                (Trigger::Pulled(click), true) if is_ready => Trigger::Pulled(click),
                (_, true) => Trigger::Spent,
            };
            self.triggers[side as usize] = now;
        }
        clicked
    }

    /// Pulls the trigger of the hand that points. The other one, if it is held, will not click.
    fn pull(&mut self) -> Trigger {
        let other = &mut self.triggers[self.pointing.other() as usize];
        let more = *other != Trigger::Released;
        if more {
            *other = Trigger::Spent;
        }
        Trigger::Pulled(Click { row: self.hit.map(|hit| hit.row), more })
    }

    /// Grows a sphere from where its button was pressed to where the hand is. Returns it when the
    /// button is released, and whether the other trigger is held.
    pub(crate) fn grow(&mut self, hands: &Hands) -> Option<(Ball, bool)> {
        let room = self.room?;
        let place = |side: Side| hands.hands[side as usize].grip.map(|grip| room.world(grip.translation.into()));
        if self.doing == Doing::Free
            && let Some(side) = self.pressed(hands, |hand| hand.sphere).last()
            && let Some(center) = place(side)
        {
            self.doing = Doing::Growing(Ball { side, center, radius: 0.0 });
        }
        let Doing::Growing(ball) = &mut self.doing else { return None };
        // A hand that is lost keeps the sphere as it is.
        if let Some(to) = place(ball.side) {
            ball.radius = ball.center.distance(to);
        }
        let (grown, more) = (*ball, hands.hands[ball.side.other() as usize].trigger);
        if hands.hands[grown.side as usize].sphere {
            return None;
        }
        self.doing = Doing::Free;
        (grown.radius >= LEAST_BALL * room.scale()).then_some((grown, more))
    }
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
        }
    }
}
