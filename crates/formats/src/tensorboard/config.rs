//! The projector's configuration: which tensors there are, and the metadata, sprite sheet and
//! bookmarks of each.
//!
//! Read and written in both forms in use, the text format of `projector_config.pbtxt` and proto3
//! JSON. An unknown field causes a warning and is left out; a field of the wrong type is an error
//! with its position. Paths are kept as written.

use std::{fmt::Write as _, path::Path};

use super::{
    config_json,
    textproto::{self, Field, Message, Position, Value, quote},
};
use crate::{FormatError, Problem, disk::read_whole};

/// What a log directory says about its embeddings (`tensorboard.projector.ProjectorConfig`). Empty
/// strings and lists mean that a field is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectorConfig {
    /// The prefix of the checkpoint that holds the tensors; empty for the latest in the folder.
    pub model_checkpoint_path: String,
    /// The embeddings in order.
    pub embeddings: Vec<EmbeddingConfig>,
    /// The folder whose latest checkpoint holds the tensors.
    pub model_checkpoint_dir: String,
}

/// One embedding of a [`ProjectorConfig`]. Paths are relative to the configuration's folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmbeddingConfig {
    /// The tensor's name in the checkpoint, or any name if `tensor_path` is set.
    pub tensor_name: String,
    /// A TSV file with a line for each row.
    pub metadata_path: String,
    /// A JSON file of bookmarks.
    pub bookmarks_path: String,
    /// The numbers of rows and dimensions; only needed for a file of raw numbers.
    pub tensor_shape: Vec<u32>,
    /// The sprite sheet.
    pub sprite: Option<SpriteConfig>,
    /// A file with the vectors, instead of a tensor in a checkpoint.
    pub tensor_path: String,
}

/// The sprite sheet of an [`EmbeddingConfig`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpriteConfig {
    /// The sheet, relative to the configuration's folder.
    pub image_path: String,
    /// Width and height of one thumbnail in pixels.
    pub single_image_dim: Vec<u32>,
}

/// A larger file is not a configuration.
pub(super) const MAX_BYTES: u64 = 16 << 20;

impl ProjectorConfig {
    /// Reads a configuration file, in either form: JSON begins with a brace, the text format never
    /// does.
    ///
    /// Problems that do not affect the rest, such as an unknown field, are returned as well.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or is in neither form; the error has the line
    /// and column.
    pub fn read(file: &Path) -> Result<(Self, Vec<Problem>), FormatError> {
        let size = std::fs::metadata(file).map_err(FormatError::read(file))?.len();
        if size > MAX_BYTES {
            let message = format!("{size} bytes are too many for a configuration, which may have {MAX_BYTES}");
            return Err(Problem::error(file, message).way_out("Check that it is the right file").into());
        }
        Self::parse((*read_whole(file)?).as_ref(), file)
    }

    /// Reads a configuration as [`ProjectorConfig::read`] does; `file` is for messages only.
    ///
    /// # Errors
    /// Returns an error if the bytes are in neither form.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<(Self, Vec<Problem>), FormatError> {
        if bytes.trim_ascii_start().starts_with(b"{") {
            return config_json::parse(bytes, file);
        }
        let message = textproto::parse(bytes)
            .map_err(|fault| mend(Problem::error(file, fault.message).at(fault.at.to_string())))?;
        let mut reader = Reader { file, problems: Vec::new() };
        let config = reader.config(&message)?;
        Ok((config, reader.problems))
    }

    /// The configuration as proto3 JSON, which the standalone projector loads.
    #[must_use]
    pub fn to_json(&self) -> String {
        config_json::write(self)
    }

    /// The configuration in the text format, as TensorBoard's own writer lays it out.
    #[must_use]
    pub fn to_pbtxt(&self) -> String {
        let mut out = String::new();
        write_text(&mut out, "", "model_checkpoint_path", &self.model_checkpoint_path);
        for embedding in &self.embeddings {
            out.push_str("embeddings {\n");
            write_text(&mut out, "  ", "tensor_name", &embedding.tensor_name);
            write_text(&mut out, "  ", "metadata_path", &embedding.metadata_path);
            write_text(&mut out, "  ", "bookmarks_path", &embedding.bookmarks_path);
            write_numbers(&mut out, "  ", "tensor_shape", &embedding.tensor_shape);
            if let Some(sprite) = &embedding.sprite {
                out.push_str("  sprite {\n");
                write_text(&mut out, "    ", "image_path", &sprite.image_path);
                write_numbers(&mut out, "    ", "single_image_dim", &sprite.single_image_dim);
                out.push_str("  }\n");
            }
            write_text(&mut out, "  ", "tensor_path", &embedding.tensor_path);
            out.push_str("}\n");
        }
        write_text(&mut out, "", "model_checkpoint_dir", &self.model_checkpoint_dir);
        out
    }
}

/// Fields are written in the order of their numbers. Those with their default value are left out.
fn write_text(out: &mut String, indent: &str, name: &str, text: &str) {
    if !text.is_empty() {
        writeln!(out, "{indent}{name}: {}", quote(text)).ok();
    }
}

fn write_numbers(out: &mut String, indent: &str, name: &str, numbers: &[u32]) {
    for number in numbers {
        writeln!(out, "{indent}{name}: {number}").ok();
    }
}

/// The advice for every error in a configuration.
pub(super) fn mend(problem: Problem) -> FormatError {
    problem.way_out("Correct the configuration there").into()
}

/// Reads the fields of the schema from a tree.
struct Reader<'a> {
    file: &'a Path,
    problems: Vec<Problem>,
}

/// Positions of the fields that may occur once.
type Seen<'a> = Vec<(&'a str, Position)>;

impl Reader<'_> {
    fn config(&mut self, message: &Message) -> Result<ProjectorConfig, FormatError> {
        let (mut config, mut seen) = (ProjectorConfig::default(), Seen::new());
        for field in &message.fields {
            match field.name.as_str() {
                "model_checkpoint_path" => self.text(field, &mut seen, &mut config.model_checkpoint_path)?,
                "model_checkpoint_dir" => self.text(field, &mut seen, &mut config.model_checkpoint_dir)?,
                "embeddings" => {
                    let embedding = self.embedding(self.message(field)?)?;
                    config.embeddings.push(embedding);
                }
                _ => self.unknown(field),
            }
        }
        Ok(config)
    }

    fn embedding(&mut self, message: &Message) -> Result<EmbeddingConfig, FormatError> {
        let (mut embedding, mut seen) = (EmbeddingConfig::default(), Seen::new());
        for field in &message.fields {
            match field.name.as_str() {
                "tensor_name" => self.text(field, &mut seen, &mut embedding.tensor_name)?,
                "metadata_path" => self.text(field, &mut seen, &mut embedding.metadata_path)?,
                "bookmarks_path" => self.text(field, &mut seen, &mut embedding.bookmarks_path)?,
                "tensor_path" => self.text(field, &mut seen, &mut embedding.tensor_path)?,
                "tensor_shape" => embedding.tensor_shape.push(self.number(field)?),
                "sprite" => {
                    self.once(field, &mut seen);
                    embedding.sprite = Some(self.sprite(self.message(field)?)?);
                }
                _ => self.unknown(field),
            }
        }
        Ok(embedding)
    }

    fn sprite(&mut self, message: &Message) -> Result<SpriteConfig, FormatError> {
        let (mut sprite, mut seen) = (SpriteConfig::default(), Seen::new());
        for field in &message.fields {
            match field.name.as_str() {
                "image_path" => self.text(field, &mut seen, &mut sprite.image_path)?,
                "single_image_dim" => sprite.single_image_dim.push(self.number(field)?),
                _ => self.unknown(field),
            }
        }
        Ok(sprite)
    }

    fn text<'a>(&mut self, field: &'a Field, seen: &mut Seen<'a>, target: &mut String) -> Result<(), FormatError> {
        self.once(field, seen);
        let Value::Text(text) = &field.value else { return Err(self.wrong(field, "a string in quotes")) };
        target.clone_from(text);
        Ok(())
    }

    fn number(&self, field: &Field) -> Result<u32, FormatError> {
        let Value::Word(word) = &field.value else { return Err(self.wrong(field, "a whole number")) };
        let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None if word.starts_with('0') => u32::from_str_radix(word, 8),
            None => word.parse(),
        };
        number.map_err(|_not_a_number| self.wrong(field, "a whole number from 0 to 4294967295"))
    }

    fn message<'a>(&self, field: &'a Field) -> Result<&'a Message, FormatError> {
        let Value::Message(message) = &field.value else { return Err(self.wrong(field, "fields in braces")) };
        Ok(message)
    }

    fn wrong(&self, field: &Field, expected: &str) -> FormatError {
        mend(Problem::error(self.file, format!("{} takes {expected}", field.name)).at(field.value_at.to_string()))
    }

    /// Warns about a repeated field that may occur only once. TensorFlow's reader would refuse the
    /// whole file.
    fn once<'a>(&mut self, field: &'a Field, seen: &mut Seen<'a>) {
        if let Some((_, first)) = seen.iter().find(|(name, _)| *name == field.name) {
            let message = format!("{} is repeated; first in line {}", field.name, first.line);
            let problem = Problem::warning(self.file, message).at(field.at.to_string());
            self.problems
                .push(problem.way_out("The last one is used; remove the others: TensorBoard refuses the file"));
        }
        seen.push((&field.name, field.at));
    }

    fn unknown(&mut self, field: &Field) {
        let message = format!("there is no field {:?} in a projector configuration", field.name);
        let problem = Problem::warning(self.file, message).at(field.at.to_string());
        self.problems.push(problem.way_out("It was left out; check its spelling"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "projector_config.pbtxt";

    fn parse(text: &str) -> Result<(ProjectorConfig, Vec<String>), String> {
        ProjectorConfig::parse(text.as_bytes(), Path::new(FILE))
            .map(|(config, problems)| (config, problems.iter().map(ToString::to_string).collect()))
            .map_err(|error| error.to_string())
    }

    /// Written by hand from the schema: every field, in notations that our writer does not use.
    #[test]
    fn config_reads_every_field() {
        let text = r#"
            model_checkpoint_path: 'a' "b"
            model_checkpoint_dir: "dir"
            embeddings: <
                tensor_name: "w:0", metadata_path: "m.tsv"; bookmarks_path: "b.json"
                tensor_shape: [10, 0x14]
                sprite { image_path: "s.png" single_image_dim: 28 single_image_dim: 030 }
                tensor_path: "t.tsv"
            >
            embeddings {}"#;
        let first = EmbeddingConfig {
            tensor_name: "w:0".into(),
            metadata_path: "m.tsv".into(),
            bookmarks_path: "b.json".into(),
            tensor_shape: vec![10, 20],
            sprite: Some(SpriteConfig { image_path: "s.png".into(), single_image_dim: vec![28, 24] }),
            tensor_path: "t.tsv".into(),
        };
        let expected = ProjectorConfig {
            model_checkpoint_path: "ab".into(),
            model_checkpoint_dir: "dir".into(),
            embeddings: vec![first, EmbeddingConfig::default()],
        };
        assert_eq!(parse(text), Ok((expected, Vec::new())));
    }

    #[test]
    fn config_faults_have_positions() {
        #[track_caller]
        fn check(text: &str, expected: &str) {
            let said = match parse(text) {
                Ok((_, problems)) => problems.join("\n"),
                Err(error) => error,
            };
            assert_eq!(said, format!("{FILE}: {expected}."), "{text}");
        }
        check(
            "embeddings {\n  colour: 1 }",
            "line 2, column 3: there is no field \"colour\" in a projector configuration. It was left out; check its spelling",
        );
        check(
            "embeddings { tensor_name: 'a'\n tensor_name: 'b' }",
            "line 2, column 2: tensor_name is repeated; first in line 1. \
             The last one is used; remove the others: TensorBoard refuses the file",
        );
        let mend = "Correct the configuration there";
        check("embeddings: 5", &format!("line 1, column 13: embeddings takes fields in braces. {mend}"));
        check(
            "model_checkpoint_path: 5",
            &format!("line 1, column 24: model_checkpoint_path takes a string in quotes. {mend}"),
        );
        check(
            "embeddings { tensor_shape: 1.5 }",
            &format!("line 1, column 28: tensor_shape takes a whole number from 0 to 4294967295. {mend}"),
        );
        check(
            "embeddings {",
            &format!("line 1, column 13: the text ends before the '}}' for line 1, column 12. {mend}"),
        );
    }

    #[test]
    fn repeated_fields_use_the_last_value() {
        let (config, _) = parse("embeddings { tensor_name: 'a' tensor_name: 'b' }").unwrap();
        assert_eq!(config.embeddings[0].tensor_name, "b");
    }

    /// The layout that TensorBoard's own writer gives the same configuration.
    #[test]
    fn config_text_is_canonical() {
        let config = ProjectorConfig {
            model_checkpoint_path: "test".into(),
            embeddings: vec![EmbeddingConfig {
                tensor_name: "tensor1".into(),
                metadata_path: "metadata1".into(),
                ..EmbeddingConfig::default()
            }],
            ..ProjectorConfig::default()
        };
        let expected = "model_checkpoint_path: \"test\"\nembeddings {\n  tensor_name: \"tensor1\"\n  metadata_path: \"metadata1\"\n}\n";
        assert_eq!(config.to_pbtxt(), expected);
    }

    fn embedding() -> impl Strategy<Value = EmbeddingConfig> {
        let numbers = || prop::collection::vec(any::<u32>(), 0..4);
        let sprite = prop::option::of(
            (any::<String>(), numbers())
                .prop_map(|(image_path, single_image_dim)| SpriteConfig { image_path, single_image_dim }),
        );
        (any::<[String; 4]>(), numbers(), sprite).prop_map(|(texts, tensor_shape, sprite)| {
            let [tensor_name, metadata_path, bookmarks_path, tensor_path] = texts;
            EmbeddingConfig { tensor_name, metadata_path, bookmarks_path, tensor_shape, sprite, tensor_path }
        })
    }

    proptest! {
        #[test]
        fn written_configurations_read_back(
            path in any::<String>(), dir in any::<String>(), embeddings in prop::collection::vec(embedding(), 0..4)
        ) {
            let config = ProjectorConfig { model_checkpoint_path: path, embeddings, model_checkpoint_dir: dir };
            prop_assert_eq!(parse(&config.to_pbtxt()), Ok((config, Vec::new())));
        }

        #[test]
        fn torn_files_are_read_or_refused(cut in 0_usize..700, flip in 0_usize..700, byte in any::<u8>()) {
            let mut bytes = include_bytes!("../../../../tests/data/fixtures/torch_add_embedding/projector_config.pbtxt").to_vec();
            let flip = flip % bytes.len();
            bytes[flip] = byte;
            bytes.truncate(cut.max(1));
            ProjectorConfig::parse(&bytes, Path::new(FILE)).ok();
        }
    }
}
