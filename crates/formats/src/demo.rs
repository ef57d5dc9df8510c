//! The built-in demos: data that is part of the program. `assets/README.md` says where it comes
//! from.

use std::{fmt, path::PathBuf, str::FromStr};

use parallax_embedding::{Dtype, Progress};
use serde::{Deserialize, Serialize};

use crate::{
    EmbeddingInfo, OpenOptions, Source, metadata, npy,
    source::{Content, SpriteOrigin},
};

/// A built-in demo.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Demo {
    /// 1,797 handwritten digits with their labels and pictures.
    #[default]
    Digits,
    /// 2,000 common English words with their themes.
    Words,
}

/// A name that no demo has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no demo {0:?}. There are: digits, words")]
pub struct UnknownDemo(String);

macro_rules! embedded {
    ($name:literal) => {
        Content::Embedded { name: $name, bytes: include_bytes!(concat!("../../../assets/", $name)) }
    };
}

/// The source of a demo; its embedding is loaded like that of a file.
#[must_use]
pub fn demo(which: Demo) -> Source {
    let (vectors, beside, sprite) = match which {
        Demo::Digits => (embedded!("digits.npy"), embedded!("digits.tsv"), Some((embedded!("digits.png"), [32, 32]))),
        Demo::Words => (embedded!("words.npy"), embedded!("words.tsv"), None),
    };
    let shape = match which {
        Demo::Digits => (1797, 64, Dtype::U8),
        Demo::Words => (2000, 384, Dtype::F16),
    };
    let mut info = EmbeddingInfo::new(which.to_string(), (shape, npy::reader(&vectors)), &vectors);
    info.configured = true;
    let shown = beside.name();
    info.origin.metadata = Some(metadata::text_beside(beside, shown));
    info.origin.sprite =
        sprite.map(|(content, thumbnail)| SpriteOrigin { shown: content.name(), content, thumbnail: Some(thumbnail) });
    let mut source = Source::of(&vectors, "demo", vec![info], Vec::new());
    source.path = PathBuf::from(which.to_string());
    source.describe(&OpenOptions::default(), &Progress::default());
    source
}

impl Demo {
    /// All demos.
    pub const ALL: [Self; 2] = [Self::Digits, Self::Words];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Words => "words",
        }
    }
}

impl fmt::Display for Demo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Demo {
    type Err = UnknownDemo;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|demo| demo.name() == name).ok_or_else(|| UnknownDemo(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use parallax_embedding::{ColumnKind, Embedding, Progress};

    use super::*;

    fn load(which: Demo) -> Embedding {
        let source = demo(which);
        assert_eq!(source.problems, []);
        let loaded = source.load(0, 0, &Progress::default()).unwrap();
        assert_eq!(loaded.problems, []);
        let info = &source.runs[0].embeddings[0];
        let vectors = &loaded.embedding.vectors;
        assert_eq!((info.rows, info.dims, info.dtype), (vectors.rows(), vectors.dims(), vectors.dtype()));
        loaded.embedding
    }

    /// The first image and its sums are those that scikit-learn's documentation prints.
    #[test]
    fn digits_demo_equals_scikit_learn() {
        let digits = load(Demo::Digits);
        let mut buffer = Vec::new();
        let first = digits.vectors.row(0, &mut buffer).to_vec();
        assert_eq!(first[..16], [0., 0., 5., 13., 9., 1., 0., 0., 0., 0., 13., 15., 10., 15., 5., 0.]);
        let labels = digits.metadata.columns()[0].clone();
        assert_eq!((labels.kind(), labels.name()), (ColumnKind::Category, "label"));
        let mut counts: Vec<_> = labels.values().iter().map(ToString::to_string).zip(labels.counts()).collect();
        counts.sort();
        assert_eq!(
            counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(),
            [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
        );
        assert_eq!(counts.iter().map(|(label, _)| label.as_str()).collect::<String>(), "0123456789");
    }

    /// A thumbnail is the image of its own row: bright where the image has ink.
    #[test]
    fn thumbnails_show_their_rows() {
        let digits = load(Demo::Digits);
        let sheet = digits.sprite.clone().unwrap();
        assert!(sheet.len() >= digits.rows());
        let mut buffer = Vec::new();
        for row in (0..digits.rows()).step_by(97) {
            let image = sheet.image(row).unwrap();
            let at = |x: usize, y: usize| f32::from(image[(y * 32 + x) * 4]);
            let cell = |cell: usize| (0..16).map(|i| at(cell % 8 * 4 + i % 4, cell / 8 * 4 + i / 4)).sum::<f32>();
            let ink = digits.vectors.row(row, &mut buffer);
            let bright = |least: f32, most: f32| {
                let cells: Vec<f32> = (0..64).filter(|&i| ink[i] >= least && ink[i] <= most).map(cell).collect();
                cells.iter().sum::<f32>() / cells.len() as f32 / 16.0
            };
            assert!(bright(12.0, 16.0) > 2.0 * bright(0.0, 2.0) + 60.0, "row {row}");
        }
    }

    #[test]
    fn words_demo_neighbors_are_of_their_kind() {
        let words = load(Demo::Words);
        let names: Vec<_> = words.metadata.columns().iter().map(|column| (column.name(), column.kind())).collect();
        let expected = [
            ("word", ColumnKind::Text),
            ("rank", ColumnKind::Number),
            ("length", ColumnKind::Category),
            ("theme", ColumnKind::Category),
        ];
        assert_eq!(names, expected);
        let word = words.metadata.column("word").unwrap();
        let distinct: HashSet<_> = word.values().iter().collect();
        assert_eq!(distinct.len(), 2000);
        let row = |name: &str| (0..2000).find(|&row| word.text(row) == Some(name)).unwrap();
        let cosine = |a: &str, b: &str| {
            let (mut left, mut right) = (Vec::new(), Vec::new());
            let (a, b) = (words.vectors.row(row(a), &mut left), words.vectors.row(row(b), &mut right));
            a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>()
        };
        assert!((cosine("river", "river") - 1.0).abs() < 2e-3, "vectors have unit length");
        assert!(cosine("king", "queen") > cosine("king", "river") + 0.1);
        assert!(cosine("june", "july") > cosine("june", "guitar") + 0.1);
    }

    #[test]
    fn names_are_read_back() {
        for demo in Demo::ALL {
            assert_eq!(demo.to_string().parse(), Ok(demo));
            assert_eq!(serde_json::to_string(&demo).unwrap(), format!("\"{demo}\""));
        }
        assert!("faces".parse::<Demo>().unwrap_err().to_string().contains("There are: digits, words"));
    }
}
