//! The row that is looked at, and what is decided about its label.

use parallax_embedding::{Column, Embedding};
use parallax_meaning::{are_labels, choose_labels};
use parallax_session::{Action, CheckedLabels, Edit, LabelCheck, LabelVerdict, Rgb, Ruling, ShellAction, Suspect};

use crate::{commands::Act, format::count, model::ViewModel};

/// The row that is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Patient<'a> {
    pub(crate) found: &'a CheckedLabels,
    /// Its place in the queue.
    pub(crate) place: usize,
    pub(crate) suspect: &'a Suspect,
    pub(crate) embedding: &'a Embedding,
    pub(crate) column: &'a Column,
    /// What was decided about labels of the column.
    pub(super) check: Option<&'a LabelCheck>,
}

/// Returns the row that is looked at: the selected one if it is in the queue, or else the next that is
/// not decided.
pub(crate) fn patient<'a>(model: &ViewModel<'a>) -> Option<Patient<'a>> {
    let found = model.checked()?.ok()?;
    let embedding = model.embedding?;
    let column = embedding.metadata.column(&found.column)?;
    let check = model.view.doctor.check(&found.column);
    let selected = model.view.inspected().and_then(|row| found.place(row));
    let next = || found.next(None, check, &model.view.tags);
    let place = selected.or_else(next).or((!found.queue.is_empty()).then_some(0))?;
    Some(Patient { found, place, suspect: found.at(place)?, embedding, column, check })
}

/// Returns the column to check if nobody has chosen one: that which colors, or the one that it was
/// changed from, or the last, or the first of labels.
fn column_to_check(model: &ViewModel<'_>) -> Option<String> {
    let (view, metadata) = (model.view, &model.embedding?.metadata);
    let colors = view.color_column(metadata).map(Column::name);
    let colors = colors.map(|name| view.doctor.source_of(name).unwrap_or(name));
    let known = |name: Option<&str>| name.and_then(|name| metadata.column(name));
    let is_good = |column: &&Column| are_labels(column).is_ok();
    let found = known(colors)
        .filter(is_good)
        .or_else(|| known(view.doctor.column.as_deref()).filter(is_good))
        .or_else(|| choose_labels(metadata))
        .or_else(|| known(colors))
        .or_else(|| metadata.columns().first());
    found.map(|column| column.name().to_owned())
}

/// Opens or closes the card.
pub(crate) fn open_or_close(model: &ViewModel<'_>) -> Act {
    if model.view.panels.doctor && model.view.panels.shown {
        return Act::Do(Edit::CheckLabels(None).into());
    }
    let shows = (!model.view.panels.shown).then(|| Edit::ShowPanels(true).into());
    Act::All(shows.into_iter().chain([Edit::CheckLabels(column_to_check(model)).into()]).collect())
}

/// Returns the column that colors, or that of which it has the changed labels, if those can be checked
/// and are not yet.
pub(crate) fn checkable<'a>(model: &ViewModel<'a>) -> Option<&'a str> {
    let (view, metadata) = (model.view, &model.embedding?.metadata);
    let colors = view.color_column(metadata)?.name();
    let name = view.doctor.source_of(colors).unwrap_or(colors);
    let is_good = metadata.column(name).is_some_and(|column| are_labels(column).is_ok());
    (is_good && !view.panels.doctor).then_some(name)
}

/// Decides about the label of the row that is looked at, and goes on to the next. To skip a row that is
/// decided leaves it so.
pub(crate) fn judge(model: &ViewModel<'_>, verdict: LabelVerdict) -> Vec<Action> {
    let Some(patient) = patient(model) else { return Vec::new() };
    let Patient { found, place, suspect, embedding, column, check } = patient;
    let is_same = |value: &String| column.text(suspect.row as usize) == Some(value);
    let verdict = match verdict {
        LabelVerdict::Change(value) if is_same(&value) => LabelVerdict::Keep,
        verdict => verdict,
    };
    let next = found.next(Some(place), check, &model.view.tags).and_then(|place| found.at(place)).map(|next| next.row);
    if verdict == LabelVerdict::Skip && check.is_some_and(|check| check.is_decided(suspect.row, &model.view.tags)) {
        return next.map_or_else(Vec::new, |row| go_to(model, row));
    }
    let colors = model.view.color_column(&embedding.metadata);
    let ruling = Ruling {
        column: column.name().to_owned(),
        into: model.view.doctor.column_for(column.name(), &embedding.metadata),
        row: suspect.row,
        verdict,
        next,
        recolors: colors.is_some_and(|colors| colors.name() == column.name()),
    };
    let flight = next.and_then(|row| flight(model, row));
    std::iter::once(Edit::Judge(Box::new(ruling)).into()).chain(flight).collect()
}

/// Returns the verdict that changes the label to the proposed one.
pub(crate) fn proposed(model: &ViewModel<'_>) -> Option<LabelVerdict> {
    let patient = patient(model)?;
    Some(LabelVerdict::Change(patient.value(patient.suspect.proposal).to_owned()))
}

/// Goes back to the row before in the queue.
pub(crate) fn back(model: &ViewModel<'_>) -> Vec<Action> {
    let before = patient(model).and_then(|patient| patient.found.at(patient.place.checked_sub(1)?));
    before.map_or_else(Vec::new, |before| go_to(model, before.row))
}

fn go_to(model: &ViewModel<'_>, row: u32) -> Vec<Action> {
    let select = Edit::Select(vec![row].into());
    std::iter::once(select.into()).chain(flight(model, row)).collect()
}

/// Flies to a row that is out of sight.
fn flight(model: &ViewModel<'_>, row: u32) -> Option<Action> {
    (!(model.is_in_sight)(row)).then(|| ShellAction::fly(model.half, vec![row].into()).into())
}

impl Patient<'_> {
    /// Returns the color of a row if points are colored by the labels that are checked, or by the changed
    /// ones.
    pub(super) fn color_of(&self, model: &ViewModel<'_>, row: u32) -> Option<Rgb> {
        let colors = model.view.color_column(&self.embedding.metadata)?.name();
        let is_ours = colors == self.column.name() || self.check.is_some_and(|check| check.into == colors);
        if is_ours { (model.color_of)(row) } else { None }
    }

    /// Returns the text of a label.
    pub(crate) fn value(&self, code: u32) -> &str {
        &self.column.values()[code as usize]
    }

    /// What the neighbors say, as in "9 of 10 neighbors are 4".
    pub(super) fn opinion(&self) -> String {
        let Suspect { agreeing, voters, proposal, .. } = *self.suspect;
        let are = if agreeing == 1 { "is" } else { "are" };
        let neighbors = if voters == 1 { "neighbor" } else { "neighbors" };
        format!("{} of {} {neighbors} {are} {}", count(agreeing as usize), count(voters as usize), self.value(proposal))
    }

    /// What is special about the row.
    pub(super) fn note(&self) -> Option<&'static str> {
        if self.suspect.has_twin {
            Some("A row with the same vector has another label")
        } else if self.suspect.is_single {
            Some("No other row has this label")
        } else {
            None
        }
    }

    /// What was decided.
    pub(super) fn decision(&self, model: &ViewModel<'_>) -> Option<String> {
        let (check, row) = (self.check?, self.suspect.row);
        if let Some(value) = check.changed(row, &model.view.tags) {
            return Some(format!("Changed to {value}"));
        }
        let said = [(&check.kept, "Kept"), (&check.skipped, "Skipped")];
        said.into_iter().find(|(rows, _)| rows.contains(row)).map(|(_, said)| said.to_owned())
    }
}
