//! `parallax config`: writes the configuration of a log directory.

use parallax_formats::tensorboard::{EmbeddingConfig, SpriteConfig, add_embedding, asset_path, check_embedding};

use super::{
    CliError,
    args::{ConfigCommand, ConfigWriteArgs},
    output,
    warnings::{self, Said},
};

/// Runs the command.
pub(super) fn run(command: &ConfigCommand) -> Result<(), CliError> {
    match command {
        ConfigCommand::Write(args) => write(args),
    }
}

/// Adds the tensor to the configuration, or replaces the one of that name. What does not fit the
/// checkpoint is said; a tensor that it does not have is refused.
fn write(args: &ConfigWriteArgs) -> Result<(), CliError> {
    let path = |file| asset_path(&args.logdir, file);
    let sprite = args.sprite.as_deref().zip(args.thumbnail);
    let sprite = sprite.map(|(file, thumbnail)| {
        Ok::<_, CliError>(SpriteConfig { image_path: path(file)?, single_image_dim: thumbnail.to_vec() })
    });
    let embedding = EmbeddingConfig {
        tensor_name: args.tensor.clone(),
        metadata_path: path(&args.metadata)?,
        sprite: sprite.transpose()?,
        ..EmbeddingConfig::default()
    };
    let beside = [Some(&embedding.metadata_path), embedding.sprite.as_ref().map(|sprite| &sprite.image_path)];
    let beside: Vec<String> = beside.into_iter().flatten().cloned().collect();
    let notes = check_embedding(&args.logdir, &embedding)?;
    let (file, problems) = add_embedding(&args.logdir, embedding)?;
    let listing = format!("parallax inspect {}", args.logdir.display());
    warnings::show(&Said { notes: &notes, problems: &problems, listing, ..Said::default() });
    output::write(&format!("Wrote {}: {} with {}.\n", file.display(), args.tensor, beside.join(" and ")))
}
