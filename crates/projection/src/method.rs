//! The projections by name.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A way from vectors to coordinates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The directions of greatest variance: [`Pca`](crate::Pca).
    #[default]
    Pca,
    /// Keeps neighbors together: [`Tsne`](crate::Tsne).
    Tsne,
    /// Keeps neighbors together, by a fuzzy graph: [`Umap`](crate::Umap).
    Umap,
    /// Along axes of one's own choice: [`custom`](crate::custom()).
    Custom,
    /// The vectors as they are, if they have few dimensions: [`identity`](crate::identity()).
    Identity,
}

/// The text does not name a [`Method`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no projection {0:?}; choose pca, tsne, umap, custom or identity")]
pub struct UnknownMethod(String);

impl Method {
    /// All methods, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Pca, Self::Tsne, Self::Umap, Self::Custom, Self::Identity];

    /// The method's name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca => "pca",
            Self::Tsne => "tsne",
            Self::Umap => "umap",
            Self::Custom => "custom",
            Self::Identity => "identity",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(text: &str) -> Result<Self, UnknownMethod> {
        Self::ALL.into_iter().find(|method| method.name() == text).ok_or_else(|| UnknownMethod(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_names_round_trip() {
        for method in Method::ALL {
            assert_eq!(method.to_string().parse(), Ok(method));
            assert_eq!(serde_json::to_string(&method).unwrap(), format!("\"{method}\""));
        }
        let error = "tsnee".parse::<Method>().unwrap_err();
        assert_eq!(error.to_string(), "there is no projection \"tsnee\"; choose pca, tsne, umap, custom or identity");
    }
}
