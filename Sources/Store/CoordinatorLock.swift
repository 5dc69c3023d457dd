package import Model

/// The lock file that a coordinator holds while it lives: the only proof of its life.
package final class CoordinatorLock: Sendable {
    package let id: Identifier
    let descriptor: Int32

    init(id: Identifier, descriptor: Int32) {
        self.id = id
        self.descriptor = descriptor
    }

    /// Takes the lock of `id` in the folder of locks (`STATE/coordinators`); throws when somebody holds it.
    package static func acquire(_ id: Identifier, in folder: String) throws(TuttiError) -> CoordinatorLock {
        fatalError()
    }

    /// True while another descriptor holds the lock of `id`.
    package static func isHeld(_ id: Identifier, in folder: String) -> Bool { fatalError() }

    /// Gives the lock back and removes its file.
    package func release() { fatalError() }
}
