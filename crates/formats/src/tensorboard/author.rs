//! Writes configurations that TensorBoard loads.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{CONFIG_NAME, EmbeddingConfig, ProjectorConfig, SpriteConfig, discover::Folder, run};
use crate::{
    FormatError, OpenOptions, Problem, Severity,
    disk::{read_bytes, write_file},
    metadata, sprite,
    tensorflow::display_name,
};

/// Writes `config` as the configuration of `logdir`, which is created if needed, and returns the
/// file.
///
/// Paths in `config` are written unchanged: TensorBoard resolves them relative to `logdir` and
/// loads nothing from outside it (see [`asset_path`]).
///
/// # Errors
/// If the folder or the file cannot be written.
pub fn visualize_embeddings(logdir: &Path, config: &ProjectorConfig) -> Result<PathBuf, FormatError> {
    fs::create_dir_all(logdir).map_err(FormatError::write(logdir))?;
    let file = logdir.join(CONFIG_NAME);
    write_file(&file, |out| Ok(out.write_all(config.to_pbtxt().as_bytes())?))?;
    Ok(file)
}

/// Adds `embedding` to the configuration of `logdir`, replacing one of the same tensor, and returns
/// the file and what of the old configuration could not be kept.
///
/// ```
/// use parallax_formats::tensorboard::{EmbeddingConfig, add_embedding, asset_path};
///
/// let logdir = tempfile::tempdir()?;
/// std::fs::write(logdir.path().join("words.tsv"), "cat\ndog\n")?;
/// let embedding = EmbeddingConfig {
///     tensor_name: "embedding".into(),
///     metadata_path: asset_path(logdir.path(), "words.tsv".as_ref())?,
///     ..EmbeddingConfig::default()
/// };
/// let (file, lost) = add_embedding(logdir.path(), embedding)?;
/// assert!(std::fs::read_to_string(file)?.contains(r#"metadata_path: "words.tsv""#) && lost.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If there is a configuration that cannot be read (it is then unchanged), or the
/// file cannot be written.
pub fn add_embedding(logdir: &Path, embedding: EmbeddingConfig) -> Result<(PathBuf, Vec<Problem>), FormatError> {
    let file = logdir.join(CONFIG_NAME);
    let (mut config, problems) = if file.exists() { ProjectorConfig::read(&file)? } else { Default::default() };
    let name = display_name(&embedding.tensor_name).to_owned();
    let is_same = |other: &EmbeddingConfig| display_name(&other.tensor_name) == name;
    let place = config.embeddings.iter().position(is_same).unwrap_or(config.embeddings.len());
    config.embeddings.retain(|other| !is_same(other));
    config.embeddings.insert(place, embedding);
    Ok((visualize_embeddings(logdir, &config)?, problems))
}

/// Compares `embedding` with the checkpoint in `logdir`, and returns what does not fit: rows of
/// metadata and thumbnails that are more or fewer than those of the tensor, or that there is no
/// checkpoint yet.
///
/// # Errors
/// Returns an error if there is a checkpoint without the tensor, or the metadata or the picture cannot
/// be read.
pub fn check_embedding(logdir: &Path, embedding: &EmbeddingConfig) -> Result<Vec<Problem>, FormatError> {
    let folder = Folder { name: ".".to_owned(), path: logdir.to_path_buf(), config: None };
    let (run, _) = run::list(&folder, logdir, &OpenOptions::default());
    let name = display_name(&embedding.tensor_name);
    let Some(checkpoint) = run.checkpoint else {
        let file = logdir.join(name);
        if file.is_file() {
            let way_out = "Write a folder for it: parallax export FILE --what folder --out FOLDER";
            return Err(Problem::error(file, "this is a file, not a tensor of a checkpoint").way_out(way_out).into());
        }
        let what = format!("there is no checkpoint yet, so that it has a tensor {name:?} is not checked");
        return Ok(vec![Problem::warning(logdir, what)]);
    };
    let Some(info) = run.embeddings.iter().find(|info| display_name(&info.name) == name) else {
        let names = run.embeddings.iter().map(|info| format!("{:?}", display_name(&info.name)));
        let way_out = format!("There are: {}", names.collect::<Vec<_>>().join(", "));
        let what = format!("the checkpoint {checkpoint} has no tensor {name:?} of rows and columns");
        return Err(FormatError::NotFound(Box::new(Problem::error(logdir, what).way_out(way_out))));
    };
    let mut problems = Vec::new();
    if !embedding.metadata_path.is_empty() {
        problems.extend(metadata::open(&logdir.join(&embedding.metadata_path), info.rows)?.1);
    }
    if let Some(SpriteConfig { image_path, single_image_dim }) = &embedding.sprite {
        let file = logdir.join(image_path);
        let size = sprite::probe((*read_bytes(&file)?).as_ref(), &file)?;
        problems.extend(sprite::fit(size, &file, single_image_dim.as_array().copied(), info.rows)?.1);
    }
    problems.retain(|problem| problem.severity > Severity::Note);
    Ok(problems)
}

/// The path of `file` for a configuration of `logdir`: relative to that folder.
///
/// A relative `file` is looked for in `logdir` first, then in the working directory.
///
/// # Errors
/// If the file does not exist, or is outside `logdir`, from where TensorBoard
/// loads nothing.
pub fn asset_path(logdir: &Path, file: &Path) -> Result<String, FormatError> {
    let inside = logdir.join(file);
    let found = if inside.exists() { inside } else { file.to_path_buf() };
    let real = found.canonicalize().map_err(FormatError::read(file))?;
    let base = logdir.canonicalize().map_err(FormatError::read(logdir))?;
    let below = real.strip_prefix(&base).map_err(|_outside| {
        Problem::error(
            file,
            format!("the file lies outside of {}, from where TensorBoard loads nothing", base.display()),
        )
        .way_out("Copy it into that folder")
    })?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let parts = parts.ok_or_else(|| Problem::error(file, "the name is not UTF-8").way_out("Rename the file"))?;
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedding(name: &str, metadata: &str) -> EmbeddingConfig {
        EmbeddingConfig { tensor_name: name.into(), metadata_path: metadata.into(), ..EmbeddingConfig::default() }
    }

    #[test]
    fn configurations_get_each_embedding_once() {
        let root = tempfile::tempdir().unwrap();
        let logdir = root.path().join("new/run");
        let file = logdir.join(CONFIG_NAME);
        let tensors = || {
            let config = ProjectorConfig::read(&file).unwrap().0;
            config.embeddings.into_iter().map(|e| (e.tensor_name, e.metadata_path)).collect::<Vec<_>>()
        };
        let pair = |name: &str, metadata: &str| (name.to_owned(), metadata.to_owned());
        add_embedding(&logdir, embedding("a", "1.tsv")).unwrap();
        add_embedding(&logdir, embedding("b", "2.tsv")).unwrap();
        assert_eq!(tensors(), [pair("a", "1.tsv"), pair("b", "2.tsv")]);
        add_embedding(&logdir, embedding("a:0", "3.tsv")).unwrap();
        assert_eq!(tensors(), [pair("a:0", "3.tsv"), pair("b", "2.tsv")]);
    }

    #[test]
    fn existing_configurations_are_kept_or_reported() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join(CONFIG_NAME);
        let old = "model_checkpoint_path: \"m\"\nembeddings { tensor_name: \"x\" bookmarks_path: \"b\" color: 1 }";
        fs::write(&file, old).unwrap();
        let (written, problems) = add_embedding(root.path(), embedding("y", "")).unwrap();
        assert_eq!((written, problems.len()), (file.clone(), 1));
        let expected = "model_checkpoint_path: \"m\"\nembeddings {\n  tensor_name: \"x\"\n  bookmarks_path: \"b\"\n}\n\
                        embeddings {\n  tensor_name: \"y\"\n}\n";
        assert_eq!(fs::read_to_string(&file).unwrap(), expected);

        fs::write(&file, "embeddings {").unwrap();
        assert!(add_embedding(root.path(), embedding("y", "")).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "embeddings {", "a file that is not understood is left alone");
    }

    /// A folder that TensorFlow wrote: tensor `b` has 30 rows, `a` has 50, and `sprite.png` 64
    /// thumbnails.
    #[test]
    fn embeddings_are_compared_with_the_checkpoint() {
        let logdir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/fixtures/runs/train");
        let check = |tensor: &str, thumbnail: Option<u32>| {
            let sprite =
                thumbnail.map(|side| SpriteConfig { image_path: "sprite.png".into(), single_image_dim: vec![side; 2] });
            check_embedding(&logdir, &EmbeddingConfig { sprite, ..embedding(tensor, "meta_b.tsv") })
        };
        assert_eq!(check("b", Some(10)).unwrap(), []);
        let misfits: Vec<String> = check("a:0", Some(40)).unwrap().iter().map(ToString::to_string).collect();
        let [rows, thumbnails] = &misfits[..] else { panic!("{misfits:?}") };
        assert!(rows.contains("30 rows of metadata for 50 rows of vectors") && thumbnails.contains("4 thumbnails"));
        let missing = check("c_that_is_not_there", None).unwrap_err();
        let said = missing.to_string();
        assert!(matches!(missing, FormatError::NotFound(_)) && said.contains("There are: \"a\", \"b\""), "{said}");
        assert!(check("b", Some(400)).unwrap_err().to_string().contains("does not fit into the sheet"));

        let empty = tempfile::tempdir().unwrap();
        assert!(check_embedding(empty.path(), &embedding("x", "")).unwrap()[0].message.contains("no checkpoint yet"));
        fs::write(empty.path().join("six.npy"), "").unwrap();
        let refused = check_embedding(empty.path(), &embedding("six.npy", "")).unwrap_err().to_string();
        assert!(refused.contains("this is a file, not a tensor"), "{refused}");
    }

    #[test]
    fn files_are_named_from_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let logdir = root.path().join("run");
        fs::create_dir_all(logdir.join("sub")).unwrap();
        fs::write(logdir.join("sub/m.tsv"), "").unwrap();
        fs::write(root.path().join("out.tsv"), "").unwrap();
        assert_eq!(asset_path(&logdir, Path::new("sub/m.tsv")).unwrap(), "sub/m.tsv");
        assert_eq!(asset_path(&logdir, &logdir.join("sub/../sub/m.tsv")).unwrap(), "sub/m.tsv");
        let said = |file: &Path| asset_path(&logdir, file).unwrap_err().to_string();
        assert!(said(&root.path().join("out.tsv")).contains("lies outside of"));
        assert!(said(Path::new("none.tsv")).contains("there is no such file"));
    }
}
