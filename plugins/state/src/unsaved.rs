//! What would be lost if the window were closed.

use bevy::prelude::*;
use parallax_session::{Origin, Tag, View};

use crate::{CurrentTour, CurrentView};

/// The tags that are in a metadata file, and the data that they belong to.
#[derive(Resource, Debug, Default)]
pub struct SavedTags {
    of: Option<Data>,
    tags: Vec<Tag>,
}

/// Which embedding is open.
type Data = (Origin, Option<String>, Option<String>);

fn data(view: &View) -> Data {
    (view.origin.clone(), view.run.clone(), view.embedding.clone())
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<SavedTags>();
}

impl SavedTags {
    /// Records that a file holds the tags of `view`.
    pub fn put(&mut self, view: &View) {
        (self.of, self.tags) = (Some(data(view)), view.tags.clone());
    }

    /// Returns how many tags of `view` are neither in a metadata file nor in a bookmark of `tour`,
    /// which is saved with it, or how many the file has that were taken back since.
    #[must_use]
    pub fn unsaved(&self, view: &CurrentView, tour: &CurrentTour) -> usize {
        let tags = &view.tags;
        let of = data(view);
        let written: &[Tag] = if self.of.as_ref() == Some(&of) { &self.tags } else { &[] };
        let mut kept = tour.tour().bookmarks.iter().map(|bookmark| &bookmark.view);
        if kept.any(|kept| kept.tags == *tags && kept.has_data_of(view)) {
            return 0;
        }
        let alike = tags.iter().zip(written).take_while(|(tag, written)| tag == written).count();
        tags.len().max(written.len()) - alike
    }
}

#[cfg(test)]
mod tests {
    use parallax_embedding::RowSet;
    use parallax_session::Demo;
    use parallax_tour::{OpenTour, Tour};

    use super::*;

    fn view(tags: &[&str]) -> View {
        let tag = |value: &&str| Tag { column: "mine".into(), value: (*value).into(), rows: RowSet::from(vec![1]) };
        View { tags: tags.iter().map(tag).collect(), ..View::default() }
    }

    #[test]
    fn tags_are_unsaved_until_a_file_has_them() {
        let mut saved = SavedTags::default();
        let check = |saved: &SavedTags, view: View, expected: usize| {
            assert_eq!(saved.unsaved(&CurrentView::new(view), &CurrentTour::default()), expected);
        };
        check(&saved, view(&[]), 0);
        check(&saved, view(&["a", "b"]), 2);
        saved.put(&view(&["a", "b"]));
        check(&saved, view(&["a", "b"]), 0);
        check(&saved, view(&["a"]), 1);
        check(&saved, view(&[]), 2);
        check(&saved, view(&["a", "b", "c"]), 1);
        check(&saved, view(&["b"]), 2);
        check(&saved, View { origin: Origin::Demo(Demo::Words), ..view(&["a", "b"]) }, 2);
    }

    #[test]
    fn tags_in_a_bookmark_are_saved_with_it() {
        let mut open = OpenTour::default();
        let bookmark = parallax_tour::Bookmark {
            name: "b".into(),
            note: String::new(),
            seconds: None,
            subject: std::sync::Arc::default(),
            view: view(&["a"]),
            layouts: Vec::new(),
            thumbnail: None,
        };
        open.join("a.ron".into(), Tour { bookmarks: vec![bookmark], ..Tour::default() });
        let tour = CurrentTour::new(open);
        let unsaved =
            |tags: &[&str], tour: &CurrentTour| SavedTags::default().unsaved(&CurrentView::new(view(tags)), tour);
        assert_eq!((unsaved(&["a"], &tour), unsaved(&["a", "b"], &tour)), (0, 2));
    }
}
