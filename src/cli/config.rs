//! `parallax config`: the configurations of log directories.

use parallax_formats::tensorboard::{EmbeddingConfig, SpriteConfig, add_embedding, asset_path};

use super::{
    CliError,
    args::{ConfigCommand, ConfigWriteArgs},
    context::Context,
    output,
};

/// Does what is asked for.
pub(super) fn run(command: &ConfigCommand, context: &Context) -> Result<(), CliError> {
    match command {
        ConfigCommand::Write(args) => write(args, context),
    }
}

/// Adds the tensor to the configuration, or puts it in the place of the one of that name.
fn write(args: &ConfigWriteArgs, context: &Context) -> Result<(), CliError> {
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
    let (file, problems) = add_embedding(&args.logdir, embedding)?;
    let unshown = context.warn(&problems);
    let written = format!("Wrote {}: {} with {}.\n", file.display(), args.tensor, beside.join(" and "));
    output::write(&(written + &unshown))
}
