//! How the code must be, so that decisions stay pure.

use std::{fs, path::Path};

#[test]
fn the_domain_knows_no_database_no_network_and_no_clock() {
    let domain = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain");
    let forbidden = [
        "sea_orm",
        "tonic",
        "prost",
        "tokio",
        "proto::",
        "bus::",
        "async ",
        "Clock",
        "real_now",
        "crate::store",
        "crate::app",
        "crate::rpc",
    ];
    let mut read = 0;
    for entry in fs::read_dir(domain).expect("the domain's folder") {
        let file = entry.expect("a file").path();
        let text = fs::read_to_string(&file).expect("a source file");
        read += 1;
        for word in forbidden {
            let line = text.lines().find(|line| !line.trim_start().starts_with("//") && line.contains(word));
            assert_eq!(line, None, "{} uses {word}", file.display());
        }
    }
    assert!(read > 5, "{read} files");
}
