//! From the bytes of a file to UTF-8 with one kind of line end.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding};

const CHUNK: usize = 16 << 10;

/// Reads a file in some encoding as UTF-8: without its byte order mark, every line ended by `\n`, the last one too. Bytes that are no
/// letters become U+FFFD.
pub(super) struct Letters<R> {
    inner: R,
    decoder: Decoder,
    source: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
    after_return: bool,
    line_open: bool,
    ended: bool,
}

impl<R: Read> Letters<R> {
    /// Over a file that nobody has read from.
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            source: vec![0; CHUNK],
            ready: Vec::new(),
            given: 0,
            after_return: false,
            line_open: false,
            ended: false,
        }
    }

    /// Decodes the next chunk into `ready`.
    fn fill(&mut self) -> io::Result<()> {
        let read = self.inner.read(&mut self.source)?;
        self.ended = read == 0;
        let enough = self.decoder.max_utf8_buffer_length(read).unwrap_or(4 * CHUNK);
        let mut text = String::with_capacity(enough);
        let _ = self.decoder.decode_to_string(&self.source[..read], &mut text, self.ended);
        self.ready.clear();
        self.given = 0;
        for byte in text.bytes() {
            match byte {
                b'\n' if self.after_return => {}
                b'\r' | b'\n' => self.ready.push(b'\n'),
                _ => self.ready.push(byte),
            }
            self.after_return = byte == b'\r';
        }
        if let Some(last) = self.ready.last() {
            self.line_open = *last != b'\n';
        }
        if self.ended && self.line_open {
            self.line_open = false;
            self.ready.push(b'\n');
        }
        Ok(())
    }
}

impl<R: Read> Read for Letters<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let rest = &self.ready[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{UTF_8, UTF_16LE, WINDOWS_1252};
    use proptest::prelude::*;

    use super::*;

    /// Gives at most so many bytes at a time, as files and pipes may.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.len().min(self.1).min(buffer.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(bytes: &[u8], at_once: usize, encoding: &'static Encoding) -> String {
        let mut text = String::new();
        Letters::new(Slow(bytes, at_once), encoding).read_to_string(&mut text).expect("UTF-8");
        text
    }

    #[test]
    fn every_encoding_gives_the_same_letters() {
        let utf16: Vec<u8> = "\u{feff}Öztürk\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for at_once in [1, 2, 3, CHUNK] {
            assert_eq!(read("Öztürk\n".as_bytes(), at_once, UTF_8), "Öztürk\n");
            assert_eq!(read("\u{feff}Öztürk".as_bytes(), at_once, UTF_8), "Öztürk\n");
            assert_eq!(read(b"\xd6zt\xfcrk\r\n", at_once, WINDOWS_1252), "Öztürk\n");
            assert_eq!(read(&utf16, at_once, UTF_16LE), "Öztürk\n");
        }
    }

    #[test]
    fn bytes_that_are_no_letters_are_marked() {
        assert_eq!(read(b"\xd6zt\xfcrk", CHUNK, UTF_8), "\u{fffd}zt\u{fffd}rk\n");
        assert_eq!(read(b"a\xc3", 1, UTF_8), "a\u{fffd}\n");
    }

    #[test]
    fn every_line_ends_alike() {
        for text in ["a\r\nb\r\n", "a\nb\n", "a\rb\r", "a\r\nb", "a\nb"] {
            for at_once in [1, 2, CHUNK] {
                assert_eq!(read(text.as_bytes(), at_once, UTF_8), "a\nb\n", "{text:?}");
            }
        }
        assert_eq!(read(b"", 1, UTF_8), "");
        assert_eq!(read(b"\r\n\r\n", 1, UTF_8), "\n\n");
    }

    proptest! {
        #[test]
        fn any_text_survives_in_any_pieces(text in "[^\r\u{feff}]{0,200}", at_once in 1usize..50) {
            let expected = if text.is_empty() || text.ends_with('\n') { text.clone() } else { format!("{text}\n") };
            prop_assert_eq!(read(text.as_bytes(), at_once, UTF_8), expected);
        }
    }
}
