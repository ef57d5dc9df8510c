//! Files of the current folder, given by their names alone. The folder is that of the process, so
//! this is the only test in it.

use std::{env, fs, path::Path};

use parallax_embedding::Progress;
use parallax_formats::{OpenOptions, open};

#[test]
fn a_configuration_of_the_current_folder_reads_the_files_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("tensor.tsv", "1\t2\n3\t4\n");
    write("metadata.tsv", "a\nb\n");
    let pbtxt = "embeddings { tensor_name: \"x\" tensor_path: \"tensor.tsv\" metadata_path: \"metadata.tsv\" }\n";
    write("projector_config.pbtxt", pbtxt);
    let json = r#"{"embeddings": [{"tensorName": "x", "tensorPath": "tensor.tsv", "metadataPath": "metadata.tsv"}]}"#;
    write("projector_config.json", json);
    let before = env::current_dir().unwrap();
    env::set_current_dir(folder.path()).unwrap();
    for name in ["projector_config.pbtxt", "./projector_config.pbtxt", "projector_config.json"] {
        let source = open(Path::new(name), &OpenOptions::default()).unwrap();
        assert!(source.problems.is_empty(), "{name}: {:?}", source.problems);
        let loaded = source.load(0, 0, &Progress::default()).unwrap().embedding;
        assert_eq!((loaded.rows(), loaded.metadata.rows()), (2, 2), "{name}");
    }
    env::set_current_dir(before).unwrap();
}
