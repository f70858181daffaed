//! What members knows and decides, without databases, networks, clocks or chance.

pub mod agreement;
pub mod consent;
pub mod employment;
pub mod identifier;
pub mod identity;
pub mod link;
pub mod message;
pub mod organisation;
pub mod place;
pub mod pool;
pub mod portfolio;
pub mod span;
pub mod text;
pub mod unavailability;
pub mod ward;
pub mod worker;

/// An enum whose values have the numbers of its proto counterpart; stored as that number.
macro_rules! numbered {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $value_doc:literal])* $value:ident = $number:literal,)* }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $value_doc])* $value = $number,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$value,)*];

            /// The value with this number.
            pub fn from_number(number: i32) -> Option<Self> {
                match number { $($number => Some($name::$value),)* _ => None }
            }

            /// Its number, on the wire and in the database.
            pub fn number(self) -> i32 {
                self as i32
            }
        }
    };
}
pub(crate) use numbered;
