//! The configuration in its proto3-JSON form, as published projectors load it, read and written.
//!
//! Names may be in camel case or as in the schema, as in proto3 JSON. `null` means not set.

use std::path::Path;

use serde_json::{Map, Value};

use super::config::{EmbeddingConfig, ProjectorConfig, SpriteConfig, mend};
use crate::{FormatError, Problem};

/// Reads the JSON form; `file` is for messages only.
pub(super) fn parse(bytes: &[u8], file: &Path) -> Result<(ProjectorConfig, Vec<Problem>), FormatError> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let at = format!("line {}, column {}", error.line(), error.column());
        let message = error.to_string();
        let message = message.split_once(" at line ").map_or(message.as_str(), |(what, _)| what);
        mend(Problem::error(file, message).at(at))
    })?;
    let mut reader = Reader { file, problems: Vec::new() };
    let config = reader.config(&value)?;
    Ok((config, reader.problems))
}

struct Reader<'a> {
    file: &'a Path,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn config(&mut self, value: &Value) -> Result<ProjectorConfig, FormatError> {
        let mut config = ProjectorConfig::default();
        for (name, value) in self.object(value, "the file")? {
            match snake(name).as_str() {
                "model_checkpoint_path" => config.model_checkpoint_path = self.text(value, name)?,
                "model_checkpoint_dir" => config.model_checkpoint_dir = self.text(value, name)?,
                "embeddings" => {
                    for (place, value) in self.list(value, name)?.iter().enumerate() {
                        let embedding = self.embedding(value, &format!("embeddings[{place}]"))?;
                        config.embeddings.push(embedding);
                    }
                }
                _ => self.unknown(name),
            }
        }
        Ok(config)
    }

    fn embedding(&mut self, value: &Value, path: &str) -> Result<EmbeddingConfig, FormatError> {
        let mut embedding = EmbeddingConfig::default();
        for (name, value) in self.object(value, path)? {
            let path = format!("{path}.{name}");
            match snake(name).as_str() {
                "tensor_name" => embedding.tensor_name = self.text(value, &path)?,
                "metadata_path" => embedding.metadata_path = self.text(value, &path)?,
                "bookmarks_path" => embedding.bookmarks_path = self.text(value, &path)?,
                "tensor_path" => embedding.tensor_path = self.text(value, &path)?,
                "tensor_shape" => embedding.tensor_shape = self.numbers(value, &path)?,
                "sprite" if value.is_null() => {}
                "sprite" => embedding.sprite = Some(self.sprite(value, &path)?),
                _ => self.unknown(&path),
            }
        }
        Ok(embedding)
    }

    fn sprite(&mut self, value: &Value, path: &str) -> Result<SpriteConfig, FormatError> {
        let mut sprite = SpriteConfig::default();
        for (name, value) in self.object(value, path)? {
            let path = format!("{path}.{name}");
            match snake(name).as_str() {
                "image_path" => sprite.image_path = self.text(value, &path)?,
                "single_image_dim" => sprite.single_image_dim = self.numbers(value, &path)?,
                _ => self.unknown(&path),
            }
        }
        Ok(sprite)
    }

    fn object<'a>(&self, value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, FormatError> {
        value.as_object().ok_or_else(|| self.wrong(path, "an object"))
    }

    fn list<'a>(&self, value: &'a Value, path: &str) -> Result<&'a [Value], FormatError> {
        match value {
            Value::Null => Ok(&[]),
            Value::Array(items) => Ok(items),
            _ => Err(self.wrong(path, "a list")),
        }
    }

    fn text(&self, value: &Value, path: &str) -> Result<String, FormatError> {
        match value {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone()),
            _ => Err(self.wrong(path, "a string")),
        }
    }

    fn numbers(&self, value: &Value, path: &str) -> Result<Vec<u32>, FormatError> {
        let number = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
        let numbers = self.list(value, path)?.iter().map(number).collect::<Option<_>>();
        numbers.ok_or_else(|| self.wrong(path, "whole numbers from 0 to 4294967295"))
    }

    fn wrong(&self, path: &str, expected: &str) -> FormatError {
        mend(Problem::error(self.file, format!("{expected} is expected")).at(path))
    }

    fn unknown(&mut self, path: &str) {
        let problem = Problem::warning(self.file, "there is no such field in a projector configuration").at(path);
        self.problems.push(problem.way_out("It was left out; check its spelling"));
    }
}

/// Converts a name in camel case to the one in the schema.
fn snake(name: &str) -> String {
    let lower = |letter: char| [letter.is_ascii_uppercase().then_some('_'), Some(letter.to_ascii_lowercase())];
    name.chars().flat_map(lower).flatten().collect()
}

/// The JSON form of `config`, indented. Fields that are not set are left out.
pub(super) fn write(config: &ProjectorConfig) -> String {
    let sprite = |sprite: &SpriteConfig| {
        fields([("imagePath", text(&sprite.image_path)), ("singleImageDim", numbers(&sprite.single_image_dim))])
    };
    let embedding = |embedding: &EmbeddingConfig| {
        fields([
            ("tensorName", text(&embedding.tensor_name)),
            ("tensorShape", numbers(&embedding.tensor_shape)),
            ("tensorPath", text(&embedding.tensor_path)),
            ("metadataPath", text(&embedding.metadata_path)),
            ("bookmarksPath", text(&embedding.bookmarks_path)),
            ("sprite", embedding.sprite.as_ref().map(sprite)),
        ])
    };
    let document = fields([
        ("embeddings", Some(config.embeddings.iter().map(embedding).collect())),
        ("modelCheckpointPath", text(&config.model_checkpoint_path)),
        ("modelCheckpointDir", text(&config.model_checkpoint_dir)),
    ]);
    format!("{document:#}\n")
}

fn fields<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

fn numbers(numbers: &[u32]) -> Option<Value> {
    (!numbers.is_empty()).then(|| numbers.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_json_reads_the_published_form() {
        let text = r#"{ "embeddings": [
            { "tensorName": "Mnist", "tensorShape": [10000, 784], "tensorPath": "a/m.bytes", "metadataPath": "a/m.tsv",
              "sprite": { "imagePath": "a/s.png", "singleImageDim": [28, 28] }, "bookmarksPath": "a/b.txt" },
            { "tensor_name": "Iris", "sprite": null, "tensorPath": null } ],
            "modelCheckpointPath": "Demo datasets" }"#;
        let (config, problems) = ProjectorConfig::parse(text.as_bytes(), Path::new("c.json")).unwrap();
        assert_eq!(problems, []);
        assert_eq!(config.model_checkpoint_path, "Demo datasets");
        let mnist = EmbeddingConfig {
            tensor_name: "Mnist".into(),
            metadata_path: "a/m.tsv".into(),
            bookmarks_path: "a/b.txt".into(),
            tensor_shape: vec![10000, 784],
            sprite: Some(SpriteConfig { image_path: "a/s.png".into(), single_image_dim: vec![28, 28] }),
            tensor_path: "a/m.bytes".into(),
        };
        let iris = EmbeddingConfig { tensor_name: "Iris".into(), ..EmbeddingConfig::default() };
        assert_eq!(config.embeddings, [mnist, iris]);
        let written = config.to_json();
        assert_eq!(ProjectorConfig::parse(written.as_bytes(), Path::new("c.json")).unwrap(), (config, vec![]));
        assert!(written.contains(r#""singleImageDim": ["#) && !written.contains("null"), "{written}");
    }

    #[test]
    fn faults_say_where() {
        #[track_caller]
        fn check(text: &str, part: &str) {
            let said = match parse(text.as_bytes(), Path::new("c.json")) {
                Ok((_, problems)) => problems.first().map(ToString::to_string).unwrap_or_default(),
                Err(error) => error.to_string(),
            };
            assert!(said.starts_with("c.json: ") && said.contains(part), "{text}: {said}");
        }
        check("{\n \"embeddings\": [", "line 2, column 16: EOF while parsing a list. Correct");
        check("{ \"embeddings\": [5] }", "embeddings[0]: an object is expected");
        check("{ \"embeddings\": [{\"tensorShape\": [-1]}] }", "embeddings[0].tensorShape: whole numbers");
        check("{ \"embeddings\": [{\"sprite\": {\"size\": 1}}] }", "embeddings[0].sprite.size: there is no such field");
    }
}
