//! The content codings that a provider may use.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

/// The body in each coding, by the coding's name.
pub(crate) fn all(body: &[u8]) -> io::Result<[(&'static str, Vec<u8>); 4]> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body)?;
    let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(body)?;
    let mut br = Vec::new();
    brotli::CompressorWriter::new(&mut br, 4096, 5, 20).write_all(body)?;
    let zstd = zstd::stream::encode_all(body, 3)?;
    Ok([("gzip", gzip.finish()?), ("deflate", deflate.finish()?), ("br", br), ("zstd", zstd)])
}
