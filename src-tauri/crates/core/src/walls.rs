//! The walls around a message that tests take down, to see what each of the others holds alone.
//!
//! Only a debug build has the switch. In a release build every wall stands, whatever the environment says; a test
//! compiles this file both ways and looks for the switch's name. It uses nothing but the standard library, for that.

/// One of the walls between a message and everything else. The sandbox is the page's own; tests open it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wall {
    /// The HTML is made safe before it is shown.
    Sanitiser,
    /// The frame's Content-Security-Policy.
    Policy,
    /// The web view's proxy, which leads nowhere.
    Proxy,
}

/// Whether the wall stands.
#[cfg(not(debug_assertions))]
pub const fn stands(_wall: Wall) -> bool {
    true
}

/// Whether the wall stands; the tests name the ones that do not.
#[cfg(debug_assertions)]
pub fn stands(wall: Wall) -> bool {
    static DOWN: std::sync::LazyLock<String> =
        std::sync::LazyLock::new(|| std::env::var("POSTROOM_TEST_WALLS_DOWN").unwrap_or_default());
    let name = match wall {
        Wall::Sanitiser => "sanitiser",
        Wall::Policy => "policy",
        Wall::Proxy => "proxy",
    };
    !DOWN.split(',').any(|down| down == name)
}
