//! The claims: what is measured, by which program, and its limit.

use super::programs::Program;

/// A claim about the speed or size of Parallax.
#[derive(Debug)]
pub(super) struct Claim {
    /// The name under which its program reports the measurement.
    pub(super) name: &'static str,
    pub(super) unit: Unit,
    pub(super) program: Program,
    pub(super) bound: Bound,
    pub(super) peer: Peer,
    /// What was measured, for the table.
    pub(super) what: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
    /// Frames per second.
    Frames,
    Bytes,
    Calls,
    /// Steps per second.
    Steps,
    /// A number without a unit.
    Number,
}

/// The limit of a measurement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    /// A share of the measurement of the peer.
    PartOfPeer(f64),
    /// This much more than another measurement.
    Above(f64, Program, &'static str),
}

/// Another program that does the same.
#[derive(Debug, Clone, Copy)]
pub(super) enum Peer {
    None,
    /// Measured once: the TensorBoard projector, see [`PROJECTOR`].
    Projector(f64),
    /// Measured here by this program under this name.
    Measured(Program, &'static str),
}

/// Where the figures of the peer "projector" come from.
pub(super) const PROJECTOR: &str = "The projector is TensorBoard's, 2.21, in Chromium on SwiftShader on a machine without a \
     GPU: MNIST 10,000, canvas of 826 x 775; its memory is that of the renderer and the GPU process.";

const MIB: f64 = 1024.0 * 1024.0;
const SKLEARN: Peer = Peer::Measured(Program::PcaPeer, "pca_mnist_sklearn_covariance_eigh");

pub(super) const CLAIMS: &[Claim] = &[
    pca("pca_mnist_u8", "PCA(10) of MNIST, 10,000 x 784 u8; peer: scikit-learn, covariance_eigh; 2 threads each"),
    pca("pca_mnist_f32", "PCA(10) of MNIST, 10,000 x 784 f32; peer: scikit-learn, covariance_eigh; 2 threads each"),
    wide("values_f64_check_ms", "sklearn_f64_check_ms", "checking MNIST as f64 for NaN and infinities; peer: NumPy"),
    wide("values_f64_pca_ms", "sklearn_f64_pca_ms", "PCA(10) of MNIST as f64; peer: scikit-learn, covariance_eigh"),
    wide("values_f64_nearest_ms", "sklearn_f64_nearest_ms", "100 neighbors of a row of MNIST as f64; peer: NumPy"),
    wide(
        "values_f64_graph_ms",
        "sklearn_f64_graph_ms",
        "90 neighbors of each row as f64; peer: scikit-learn, brute force",
    ),
    beside_f32("values_f64_check_ratio", 4.0, "checking MNIST as f64, as a multiple of f32"),
    beside_f32("values_f64_pca_ratio", 3.0, "PCA(10) of it"),
    beside_f32("values_f64_nearest_ratio", 4.0, "100 neighbors of a row of it"),
    beside_f32("values_f64_graph_ratio", 1.5, "90 neighbors of each row of it"),
    neighbors("neighbors_1m_x_128_f32_cosine", "100 neighbors of a row among 1,000,000 x 128 by cosine, 2 threads"),
    neighbors("neighbors_1m_x_128_f32_angle", "100 neighbors of a row among 1,000,000 x 128 by angle, 2 threads"),
    neighbors("neighbors_1m_x_128_f32_euclidean", "100 neighbors of a row among 1,000,000 x 128, euclidean, 2 threads"),
    Claim {
        name: "inspect_1m_x_384_f16_s",
        unit: Unit::Seconds,
        program: Program::Inspect,
        bound: Bound::AtMost(1.0),
        peer: Peer::None,
        what: "`parallax inspect` of a .npy of 1,000,000 x 384 f16, from start to end",
    },
    cloud("cloud_spawn_ms", Unit::Milliseconds, 25.0, "the frame in which 1,000,000 points appear"),
    cloud("cloud_bytes_per_point", Unit::Bytes, 10.0, "memory of a point beside its place"),
    cloud("cloud_orbit_cpu_ms", Unit::Milliseconds, 2.0, "our work on the CPU in a frame that orbits 1,000,000 points"),
    cloud("cloud_moving_cpu_ms", Unit::Milliseconds, 8.0, "our work on the CPU in a frame that moves 1,000,000 points"),
    cloud("cloud_still_uploaded_bytes", Unit::Bytes, 0.0, "bytes sent to the GPU in a still frame"),
    cloud("cloud_still_draws", Unit::Calls, 0.0, "draws in a still frame"),
    scale("scale_10k_spheres_fps", Unit::Frames, Bound::AtLeast(60.0), "orbiting 10,000 spheres in a frame each"),
    scale("scale_10k_thumbnails_fps", Unit::Frames, Bound::AtLeast(36.0), "orbiting 10,000 thumbnails in a frame each"),
    scale(
        "scale_1000000_orbit_ms",
        Unit::Milliseconds,
        Bound::AtMost(66.0),
        "a frame that orbits 1,000,000 points, of which it draws as many as fit, drawn by the processor",
    ),
    scale(
        "scale_1000000_rest_ms",
        Unit::Milliseconds,
        Bound::AtMost(1500.0),
        "from the end of that motion until all points are there",
    ),
    scale(
        "scale_file_1000000_first_picture_ms",
        Unit::Milliseconds,
        Bound::AtMost(1200.0),
        "from the start to the first picture of a .npy of 1,000,000 x 32 f32 by PCA",
    ),
    scale(
        "scale_file_1000000_peak_memory_bytes",
        Unit::Bytes,
        Bound::AtMost(400e6),
        "its peak memory beside the mapped file",
    ),
    scale_large(
        "scale_file_10000000_first_picture_ms",
        Unit::Milliseconds,
        8000.0,
        "from the start to the first picture of a .npy of 10,000,000 x 32 f32 by PCA",
    ),
    scale_large("scale_file_10000000_peak_memory_bytes", Unit::Bytes, 1.6e9, "its peak memory beside the mapped file"),
    scale_large(
        "scale_10000000_orbit_ms",
        Unit::Milliseconds,
        100.0,
        "a frame that orbits 10,000,000 points, of which it draws as many as fit, drawn by the processor",
    ),
    scale_large(
        "scale_10000000_rest_ms",
        Unit::Milliseconds,
        20_000.0,
        "from the end of that motion until all points are there",
    ),
    cloud_large("scale_large_cloud_orbit_cpu_ms", 3.0, "our work on the CPU in a frame that orbits 10,000,000 points"),
    cloud_large("scale_large_cloud_moving_cpu_ms", 25.0, "our work on the CPU in a frame that moves them"),
    cloud_large("scale_large_explorer_hover_ms", 25.0, "a frame in which the pointer goes over them"),
    cloud_large(
        "scale_large_explorer_lasso_answer_ms",
        400.0,
        "from the end of a lasso around half of them to the selection",
    ),
    cloud_large("scale_large_explorer_color_digit_answer_ms", 150.0, "until a column's categories are their colors"),
    cloud_large("scale_large_explorer_color_height_answer_ms", 150.0, "until a column's numbers are"),
    cloud_large("scale_large_explorer_search_answer_ms", 1000.0, "until a search of their labels has found its rows"),
    headset("xr_rest_cpu_ms", "of the 11.1 ms of a frame in a headset, our work on the CPU: 1,000,000 points at rest"),
    headset("xr_head_cpu_ms", "the same while the head moves"),
    headset("xr_hand_cpu_ms", "the same while a hand points at another point in each frame"),
    headset("xr_point_mean_ms", "of it, the search for the point that the hand points at"),
    headset("xr_point_p90_ms", "the 90th percentile of that search"),
    headset("xr_point_max_ms", "the longest of 1000 such searches"),
    Claim {
        name: "render_first_picture_s",
        unit: Unit::Seconds,
        program: Program::FirstPicture,
        bound: Bound::AtMost(1.7),
        peer: Peer::Projector(8.5),
        what: "from the start of `parallax render` to the picture: MNIST 10,000 with sprites, drawn by the processor",
    },
    render("render_sprites_fps", Program::Sprites, 18.0, 5.9, "orbiting 10,000 sprites, drawn by the processor"),
    render("render_spheres_fps", Program::Spheres, 42.0, 14.0, "orbiting 10,000 spheres, drawn by the processor"),
    peak("render_sprites_peak_bytes", Program::Sprites, "peak memory with sprites; bound: a bare window + 200 MiB"),
    peak("render_spheres_peak_bytes", Program::Spheres, "peak memory with spheres; bound: a bare window + 200 MiB"),
    beside(
        "projections_graph_s",
        0.6,
        "sklearn_graph_s",
        "90 neighbors of each row of MNIST; peer: scikit-learn, brute force",
    ),
    beside(
        "projections_tsne_2d_s",
        0.2,
        "opentsne_2d_s",
        "t-SNE in the plane, 750 steps, from the vectors on; peer: openTSNE",
    ),
    projection(
        "projections_tsne_2d_kl",
        Unit::Number,
        Bound::AtMost(1.87),
        Some("opentsne_2d_kl"),
        "its exact divergence",
    ),
    projection(
        "projections_tsne_2d_recall",
        Unit::Number,
        Bound::AtLeast(0.411),
        Some("opentsne_2d_recall"),
        "the share of each row's 15 nearest that are so in it",
    ),
    beside(
        "projections_tsne_3d_s",
        0.15,
        "bhtsne_3d_s",
        "t-SNE in space, 1000 steps, from the vectors on; peer: bhtsne",
    ),
    projection("projections_tsne_3d_steps_per_s", Unit::Steps, Bound::AtLeast(160.0), None, "its steps a second"),
    projection(
        "projections_tsne_3d_kl",
        Unit::Number,
        Bound::AtMost(1.85),
        Some("bhtsne_3d_kl"),
        "its exact divergence",
    ),
    projection(
        "projections_tsne_3d_recall",
        Unit::Number,
        Bound::AtLeast(0.43),
        Some("bhtsne_3d_recall"),
        "the share of each row's 15 nearest that are so in it",
    ),
    beside(
        "projections_tsne_3d_wide_s",
        0.15,
        "sklearn_3d_s",
        "t-SNE in space with two degrees of freedom, 1000 steps, from the vectors on; peer: scikit-learn",
    ),
    projection(
        "projections_tsne_3d_wide_kl",
        Unit::Number,
        Bound::AtMost(1.8),
        Some("sklearn_3d_kl"),
        "its exact divergence, under this kernel",
    ),
    projection(
        "projections_tsne_3d_wide_recall",
        Unit::Number,
        Bound::AtLeast(0.467),
        Some("sklearn_3d_recall"),
        "the share of each row's 15 nearest that are so in it",
    ),
    projection(
        "projections_tsne_step_ratio",
        Unit::Number,
        Bound::AtMost(3.0),
        None,
        "a step in space beside one in the plane",
    ),
    beside(
        "projections_umap_3d_s",
        0.33,
        "umap_learn_3d_s",
        "UMAP in space, from the vectors on; peer: umap-learn, warmed up",
    ),
    projection(
        "projections_umap_3d_recall",
        Unit::Number,
        Bound::AtLeast(0.368),
        Some("umap_learn_3d_recall"),
        "the share of each row's 15 nearest that are so in it",
    ),
    projection(
        "projections_umap_3d_trustworthiness",
        Unit::Number,
        Bound::AtLeast(0.963),
        Some("umap_learn_3d_trustworthiness"),
        "its trustworthiness",
    ),
    projection(
        "projections_first_step_s",
        Unit::Seconds,
        Bound::AtMost(2.0),
        None,
        "from the vectors to t-SNE's first step",
    ),
    projection("projections_quality_s", Unit::Seconds, Bound::AtMost(0.5), None, "measuring a layout of 10,000 rows"),
    cloud(
        "tours_step_ms",
        Unit::Milliseconds,
        100.0,
        "our work on the CPU from a step to a bookmark of 1,000,000 points to the morph's first frame",
    ),
    cloud("tours_way_cpu_ms", Unit::Milliseconds, 16.0, "our work on the CPU in a frame on the way there"),
    explorer(
        "explorer_substring_ms",
        Program::Explorer,
        100.0,
        "the slowest of 16 searches for a text in 1,000,000 distinct labels, 2 threads",
    ),
    explorer("explorer_regex_ms", Program::Explorer, 500.0, "the slowest of 7 searches by pattern in them, 2 threads"),
    explorer("explorer_sort_label_ms", Program::Explorer, 500.0, "sorting 1,000,000 rows by their labels, 2 threads"),
    explorer("explorer_tag_ms", Program::Explorer, 100.0, "giving 1000 of the rows another label"),
    explorer("explorer_undo_ms", Program::Explorer, 50.0, "undo and redo of a selection of 1,000,000 points"),
    explorer("explorer_undo_seen_ms", Program::Cloud, 50.0, "the slowest frame until its undo is seen"),
    explorer("explorer_table_ms", Program::Cloud, 16.0, "the slowest frame until the table of 1,000,000 rows is open"),
    explorer(
        "explorer_lasso_ms",
        Program::Cloud,
        50.0,
        "a frame in which a lasso goes around half of 1,000,000 points",
    ),
    explorer("explorer_sphere_ms", Program::Cloud, 50.0, "a frame in which a sphere grows around them"),
    explorer("explorer_hover_ms", Program::Cloud, 16.0, "a frame in which the pointer goes over them, label included"),
    explorer("explorer_filter_ms", Program::Cloud, 50.0, "the slowest frame until a tenth of them is shown alone"),
    explorer(
        "explorer_brush_ms",
        Program::Cloud,
        33.0,
        "the slowest frame after a step of a range that is dragged over them, with the charts",
    ),
    explorer(
        "explorer_count_ms",
        Program::Explorer,
        100.0,
        "counting them in three charts, and those that a range shows",
    ),
    explorer("explorer_color_ms", Program::Cloud, 50.0, "the slowest frame until they have another column's colors"),
    tours("tours_write_ms", "writing a tour of 100,000 points in three layouts, names included, 2 threads"),
    tours("tours_read_ms", "reading it"),
    format(
        "formats_parquet_s",
        1.0,
        "formats_parquet_pyarrow_s",
        "opening Parquet, 1,000,000 lists of 128 f32; peer: pyarrow.parquet.read_table, to a NumPy array",
    ),
    format(
        "formats_parquet_columns_s",
        1.0,
        "formats_parquet_columns_pyarrow_s",
        "opening Parquet, 1,000,000 rows of 128 columns of f32; peer: pyarrow, to a NumPy array",
    ),
    format("formats_npy_s", 1.0, "formats_npy_numpy_s", "opening them as .npy; peer: numpy.load, numpy.isfinite"),
    Claim {
        program: Program::FormatsComponents,
        ..format(
            "formats_npy_pca_s",
            1.0,
            "formats_npy_pca_sklearn_s",
            "opening them as .npy, until 10 principal components of all rows; peer: numpy.load, scikit-learn's PCA",
        )
    },
    Claim {
        name: "formats_safetensors_list_s",
        unit: Unit::Seconds,
        program: Program::Formats,
        bound: Bound::AtMost(0.05),
        peer: Peer::None,
        what: "listing them as safetensors, mapped",
    },
    format("formats_csv_s", 0.5, "formats_csv_pandas_s", "opening them as CSV; peer: pandas.read_csv"),
    format("formats_words_s", 0.25, "formats_words_gensim_s", "opening them as word2vec's text; peer: gensim"),
    Claim {
        bound: Bound::PartOfPeer(0.5),
        peer: Peer::Measured(Program::MeaningPeer, "meaning_clusters_100k_sklearn_s"),
        ..meaning(
            "meaning_clusters_100k_s",
            0.0,
            "clusters of 100,000 points of a 3D layout; peer: scikit-learn's HDBSCAN of the same points; 2 threads each",
        )
    },
    meaning("meaning_clusters_1m_s", 10.0, "clusters of 1,000,000 such points, 2 threads"),
    meaning("meaning_names_1m_s", 5.0, "names for them from 1,000,000 texts of 8 words, 2 threads"),
    explorer("meaning_labels_rest_ms", Program::Names, 1.0, "placing the names of 10,000 clusters, camera at rest"),
    explorer("meaning_labels_orbit_ms", Program::Names, 2.0, "placing them while the camera orbits, a frame"),
    time(
        "time_tsne_ratio",
        4.0,
        "t-SNE in space of ten steps of MNIST, in times of one layout from nothing, 2 threads",
    ),
    time(
        "time_compare_ratio",
        1.2,
        "comparison of 100,000 x 128, k = 15, in times of its two neighbor graphs, 2 threads",
    ),
    Claim {
        bound: Bound::PartOfPeer(1.3),
        peer: Peer::Measured(Program::Cloud, "cloud_orbit_cpu_ms"),
        ..cloud(
            "compared_orbit_cpu_ms",
            Unit::Milliseconds,
            0.0,
            "our work on the CPU in a frame that orbits two embeddings of 1,000,000 points; peer: one of them",
        )
    },
];

const fn pca(name: &'static str, what: &'static str) -> Claim {
    let (program, bound) = (Program::Pca, Bound::PartOfPeer(0.7));
    Claim { name, unit: Unit::Milliseconds, program, bound, peer: SKLEARN, what }
}

/// Work on `f64`, beside what else does it.
const fn wide(name: &'static str, peer: &'static str, what: &'static str) -> Claim {
    let peer = Peer::Measured(Program::ValuesPeer, peer);
    Claim { name, unit: Unit::Milliseconds, program: Program::Values, bound: Bound::PartOfPeer(1.0), peer, what }
}

/// Work on `f64`, as a multiple of the same on `f32`.
const fn beside_f32(name: &'static str, limit: f64, what: &'static str) -> Claim {
    let (program, bound) = (Program::Values, Bound::AtMost(limit));
    Claim { name, unit: Unit::Number, program, bound, peer: Peer::None, what }
}

const fn neighbors(name: &'static str, what: &'static str) -> Claim {
    let (program, bound) = (Program::Neighbors, Bound::AtMost(100.0));
    Claim { name, unit: Unit::Milliseconds, program, bound, peer: Peer::None, what }
}

/// A projection that takes at most `part` of the time of a peer.
const fn beside(name: &'static str, part: f64, peer: &'static str, what: &'static str) -> Claim {
    projection(name, Unit::Seconds, Bound::PartOfPeer(part), Some(peer), what)
}

const fn projection(
    name: &'static str,
    unit: Unit,
    bound: Bound,
    peer: Option<&'static str>,
    what: &'static str,
) -> Claim {
    let peer = match peer {
        Some(peer) => Peer::Measured(Program::ProjectionsPeer, peer),
        None => Peer::None,
    };
    Claim { name, unit, program: Program::Projections, bound, peer, what }
}

/// How long the user waits with a million labeled points, measured by a `program` with or without
/// the engine.
const fn explorer(name: &'static str, program: Program, limit: f64, what: &'static str) -> Claim {
    Claim { name, unit: Unit::Milliseconds, program, bound: Bound::AtMost(limit), peer: Peer::None, what }
}

const fn tours(name: &'static str, what: &'static str) -> Claim {
    explorer(name, Program::Tours, 300.0, what)
}

/// Opening a file in at most `part` of the time of a peer.
const fn format(name: &'static str, part: f64, peer: &'static str, what: &'static str) -> Claim {
    let (bound, peer) = (Bound::PartOfPeer(part), Peer::Measured(Program::FormatsPeer, peer));
    Claim { name, unit: Unit::Seconds, program: Program::Formats, bound, peer, what }
}

const fn meaning(name: &'static str, limit: f64, what: &'static str) -> Claim {
    let (program, bound) = (Program::Meaning, Bound::AtMost(limit));
    Claim { name, unit: Unit::Seconds, program, bound, peer: Peer::None, what }
}

const fn time(name: &'static str, limit: f64, what: &'static str) -> Claim {
    let (program, bound) = (Program::Time, Bound::AtMost(limit));
    Claim { name, unit: Unit::Number, program, bound, peer: Peer::None, what }
}

const fn cloud(name: &'static str, unit: Unit, limit: f64, what: &'static str) -> Claim {
    Claim { name, unit, program: Program::Cloud, bound: Bound::AtMost(limit), peer: Peer::None, what }
}

const fn scale(name: &'static str, unit: Unit, bound: Bound, what: &'static str) -> Claim {
    Claim { name, unit, program: Program::Scale, bound, peer: Peer::None, what }
}

/// Ten million points.
const fn scale_large(name: &'static str, unit: Unit, limit: f64, what: &'static str) -> Claim {
    Claim { name, unit, program: Program::ScaleLarge, bound: Bound::AtMost(limit), peer: Peer::None, what }
}

const fn cloud_large(name: &'static str, limit: f64, what: &'static str) -> Claim {
    explorer(name, Program::CloudLarge, limit, what)
}

const fn headset(name: &'static str, what: &'static str) -> Claim {
    explorer(name, Program::Headset, 3.0, what)
}

const fn render(name: &'static str, program: Program, limit: f64, projector: f64, what: &'static str) -> Claim {
    let (bound, peer) = (Bound::AtLeast(limit), Peer::Projector(projector));
    Claim { name, unit: Unit::Frames, program, bound, peer, what }
}

const fn peak(name: &'static str, program: Program, what: &'static str) -> Claim {
    let bound = Bound::Above(200.0 * MIB, Program::BareWindow, "bare_window_peak_bytes");
    Claim { name, unit: Unit::Bytes, program, bound, peer: Peer::Projector(680.0 * MIB), what }
}
