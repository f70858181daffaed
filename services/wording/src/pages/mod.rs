//! The texts of the portal's pages: one method per text, both languages side by side. The English text is its documentation.

use crate::Language;

/// The texts of the pages in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words(pub Language);

/// Declares texts without a variable part.
macro_rules! words {
    ($($name:ident: $dutch:literal, $english:literal;)*) => {
        impl $crate::Words { $(
            #[doc = $english]
            pub fn $name(self) -> &'static str {
                self.0.two($dutch, $english)
            }
        )* }
    };
}

mod agreements;
mod employers;
mod everywhere;
mod fields;
mod members;
mod messages;
mod operator;
mod pools;
mod reads;
mod shifts;
mod sign_in;
mod work;
