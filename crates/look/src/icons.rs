//! Icons, drawn as lines so that they are crisp at any scale.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};

/// An icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// Letters, as in `3D`.
    Letters(&'static str),
    /// Corners of a frame.
    Fit,
    /// An arrow in a circle.
    Turn,
    /// A picture.
    Image,
    /// A sun.
    Sun,
    /// A moon.
    Moon,
    /// Two cards beside a stage.
    Panels,
    /// A cross.
    Close,
    /// An exclamation mark in a circle.
    Alert,
    /// The pointer of a mouse.
    Pointer,
    /// A circle with its middle and its radius.
    Sphere,
    /// A dashed frame.
    Box,
    /// A loop with its end.
    Lasso,
    /// A circle, half filled.
    Contrast,
    /// Three dots.
    More,
    /// A tick.
    Check,
    /// A folder.
    Folder,
    /// A triangle that points right.
    Play,
    /// Two upright bars.
    Pause,
    /// A sheet with lines.
    Note,
    /// Six dots, by which something is dragged.
    Grip,
    /// A table.
    Data,
    /// Bars on a line.
    Charts,
    /// Three axes.
    Axes,
    /// A magnifying glass.
    Search,
    /// A ribbon.
    Bookmark,
}

/// Draws `icon` about `center`, in a square of 16 px.
pub fn paint(painter: &Painter, icon: Icon, center: Pos2, color: Color32) {
    let pen = Pen { painter, center, stroke: Stroke::new(1.5, color) };
    match icon {
        Icon::Letters(letters) => pen.letters(letters),
        Icon::Fit => pen.fit(),
        Icon::Turn => pen.turn(),
        Icon::Image => pen.image(),
        Icon::Sun => pen.sun(),
        Icon::Moon => pen.moon(),
        Icon::Panels => pen.panels(),
        Icon::Close => {
            pen.line(&[(-3.5, -3.5), (3.5, 3.5)]);
            pen.line(&[(3.5, -3.5), (-3.5, 3.5)]);
        }
        Icon::Alert => pen.alert(),
        Icon::Pointer => pen.pointer(),
        Icon::Sphere => pen.sphere(),
        Icon::Box => pen.dashed_frame(),
        Icon::Lasso => pen.lasso(),
        Icon::Contrast => pen.contrast(),
        Icon::More => pen.more(),
        Icon::Check => pen.line(&[(-5.0, 0.5), (-1.5, 4.0), (5.0, -4.0)]),
        Icon::Folder => pen.folder(),
        Icon::Play => pen.play(),
        Icon::Pause => {
            pen.line(&[(-3.0, -4.5), (-3.0, 4.5)]);
            pen.line(&[(3.0, -4.5), (3.0, 4.5)]);
        }
        Icon::Note => pen.note(),
        Icon::Grip => pen.grip(),
        Icon::Data => pen.data(),
        Icon::Charts => pen.charts(),
        Icon::Axes => pen.axes(),
        Icon::Search => pen.search(),
        Icon::Bookmark => pen.bookmark(),
    }
}

/// Draws a chevron that points right at `openness` 0 and down at 1.
pub fn chevron(painter: &Painter, center: Pos2, openness: f32, color: Color32) {
    let turn = Vec2::angled(openness * std::f32::consts::FRAC_PI_2);
    let point = |(x, y): (f32, f32)| center + vec2(x * turn.x - y * turn.y, x * turn.y + y * turn.x);
    let points = [(-1.5, -3.5), (2.0, 0.0), (-1.5, 3.5)].map(point).to_vec();
    painter.add(Shape::line(points, Stroke::new(1.4, color)));
}

struct Pen<'a> {
    painter: &'a Painter,
    center: Pos2,
    stroke: Stroke,
}

impl Pen<'_> {
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.center + vec2(x, y)
    }

    fn line(&self, points: &[(f32, f32)]) {
        let points = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.add(Shape::line(points, self.stroke));
    }

    fn frame(&self, min: (f32, f32), max: (f32, f32), corner: f32) {
        let rect = Rect::from_min_max(self.at(min.0, min.1), self.at(max.0, max.1));
        self.painter.rect_stroke(rect, corner, self.stroke, StrokeKind::Middle);
    }

    /// Points of an arc about the center, angles in turns clockwise from the right.
    fn arc(&self, radius: f32, from: f32, to: f32) -> Vec<Pos2> {
        let point = |i: u8| {
            let angle = std::f32::consts::TAU * (from + (to - from) * f32::from(i) / 24.0);
            self.center + Vec2::angled(angle) * radius
        };
        (0..=24).map(point).collect()
    }

    fn letters(&self, letters: &str) {
        let galley = self.painter.layout_no_wrap(letters.into(), crate::theme::header(), self.stroke.color);
        let corner = self.center - galley.size() / 2.0;
        self.painter.galley(corner, galley, self.stroke.color);
    }

    fn fit(&self) {
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            self.line(&[(x * 6.0, y * 2.5), (x * 6.0, y * 6.0), (x * 2.5, y * 6.0)]);
        }
    }

    fn turn(&self) {
        let arc = self.arc(5.8, 0.02, 0.80);
        self.painter.add(Shape::line(arc, self.stroke));
        let tip = self.center + Vec2::angled(std::f32::consts::TAU * 0.80) * 5.8 + vec2(2.6, 0.2);
        self.painter.add(Shape::line(vec![tip + vec2(-2.6, -3.4), tip, tip + vec2(-3.4, 2.4)], self.stroke));
    }

    fn charts(&self) {
        self.line(&[(-6.5, 6.0), (6.5, 6.0)]);
        for (x, height) in [(-4.5, 4.0), (-0.5, 9.5), (3.5, 6.5)] {
            self.line(&[(x, 6.0), (x, 6.0 - height)]);
            self.line(&[(x + 1.5, 6.0), (x + 1.5, 6.0 - height)]);
        }
    }

    fn image(&self) {
        self.frame((-6.5, -6.0), (6.5, 6.0), 2.0);
        self.painter.circle_stroke(self.at(-2.5, -2.2), 1.4, self.stroke);
        self.line(&[(-6.0, 4.0), (-2.0, 0.8), (0.6, 3.0), (3.2, 0.4), (6.2, 3.0)]);
    }

    fn sun(&self) {
        self.painter.circle_stroke(self.center, 3.0, self.stroke);
        for eighth in 0..8_u8 {
            let ray = Vec2::angled(std::f32::consts::TAU * f32::from(eighth) / 8.0);
            self.painter.line_segment([self.center + ray * 5.0, self.center + ray * 7.0], self.stroke);
        }
    }

    /// The outline between a circle and the one that bites into it.
    fn moon(&self) {
        let mut outline = self.arc(6.2, 0.04, 0.71);
        let inner = Pen { center: self.at(3.0, -3.0), ..*self };
        let mut bite = inner.arc(4.9, 0.14, 0.61);
        bite.reverse();
        outline.append(&mut bite);
        self.painter.add(Shape::closed_line(outline, self.stroke));
    }

    fn panels(&self) {
        self.frame((-7.0, -6.0), (7.0, 6.0), 2.0);
        self.line(&[(-2.8, -6.0), (-2.8, 6.0)]);
        self.line(&[(2.8, -6.0), (2.8, 6.0)]);
    }

    fn pointer(&self) {
        let outline = [(-4.0, -6.5), (5.5, 1.5), (1.0, 2.2), (3.2, 6.4), (0.6, 7.4), (-1.3, 3.2), (-4.0, 6.0)];
        let points = outline.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke));
    }

    fn sphere(&self) {
        self.painter.circle_stroke(self.center, 6.5, self.stroke);
        self.painter.circle_filled(self.center, 1.5, self.stroke.color);
        self.line(&[(0.0, 0.0), (4.6, -4.6)]);
    }

    /// Corners and the middles of the sides.
    fn dashed_frame(&self) {
        for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
            self.line(&[(x * 6.5, y * 3.6), (x * 6.5, y * 6.5), (x * 3.6, y * 6.5)]);
        }
        for side in [-6.5, 6.5] {
            self.line(&[(-1.4, side), (1.4, side)]);
            self.line(&[(side, -1.4), (side, 1.4)]);
        }
    }

    fn lasso(&self) {
        let around = |i: u8| {
            let angle = std::f32::consts::TAU * f32::from(i) / 32.0;
            self.at(6.8 * angle.cos(), 4.6 * angle.sin() - 2.0)
        };
        self.painter.add(Shape::closed_line((0..32).map(around).collect(), self.stroke));
        self.painter.circle_stroke(self.at(-3.6, 3.2), 1.5, self.stroke);
        self.line(&[(-3.4, 4.7), (-2.4, 6.0), (-3.6, 7.4)]);
    }

    fn contrast(&self) {
        self.painter.circle_stroke(self.center, 6.0, self.stroke);
        self.painter.add(Shape::convex_polygon(self.arc(6.0, 0.25, 0.75), self.stroke.color, Stroke::NONE));
    }

    fn more(&self) {
        for x in [-5.0, 0.0, 5.0] {
            self.painter.circle_filled(self.at(x, 0.0), 1.5, self.stroke.color);
        }
    }

    fn folder(&self) {
        let outline = [(-6.5, -4.5), (-2.0, -4.5), (-0.5, -2.8), (6.5, -2.8), (6.5, 5.0), (-6.5, 5.0)];
        let points = outline.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke));
    }

    fn play(&self) {
        let outline = [(-3.5, -5.5), (5.5, 0.0), (-3.5, 5.5)];
        let points = outline.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke));
    }

    fn note(&self) {
        self.frame((-5.5, -6.0), (5.5, 6.0), 1.5);
        for (y, right) in [(-2.5, 2.8), (0.2, 2.8), (2.9, 0.5)] {
            self.line(&[(-2.8, y), (right, y)]);
        }
    }

    fn grip(&self) {
        for y in [-4.5, 0.0, 4.5] {
            for x in [-2.2, 2.2] {
                self.painter.circle_filled(self.at(x, y), 1.2, self.stroke.color);
            }
        }
    }

    fn data(&self) {
        self.frame((-6.5, -6.0), (6.5, 6.0), 1.5);
        self.line(&[(-6.5, -2.0), (6.5, -2.0)]);
        self.line(&[(-6.5, 2.0), (6.5, 2.0)]);
        self.line(&[(-1.5, -2.0), (-1.5, 6.0)]);
    }

    fn axes(&self) {
        self.line(&[(0.0, -7.0), (0.0, 1.0), (6.0, 5.0)]);
        self.line(&[(0.0, 1.0), (-6.0, 5.0)]);
    }

    fn search(&self) {
        self.painter.circle_stroke(self.at(-1.2, -1.2), 4.6, self.stroke);
        self.line(&[(2.2, 2.2), (6.2, 6.2)]);
    }

    fn bookmark(&self) {
        let outline = [(-4.0, -6.5), (4.0, -6.5), (4.0, 6.5), (0.0, 3.2), (-4.0, 6.5)];
        let points = outline.iter().map(|&(x, y)| self.at(x, y)).collect();
        self.painter.add(Shape::closed_line(points, self.stroke));
    }

    fn alert(&self) {
        self.painter.circle_stroke(self.center, 6.0, self.stroke);
        self.line(&[(0.0, -3.2), (0.0, 0.8)]);
        self.painter.circle_filled(pos2(self.center.x, self.center.y + 3.0), 0.9, self.stroke.color);
    }
}
