/// What one job of a live run says. All but its place is held once for those that say the same: nearly all rows of ten
/// thousand are asked in the same way.
@dynamicMemberLookup
struct HeldSpec: Sendable {
    /// Which part of a batch the job is; nil for an `ask`.
    let place: BatchPlace?
    private let common: Common

    private final class Common: Sendable {
        let spec: JobSpec

        init(_ spec: JobSpec) { self.spec = spec }
    }

    /// Holds what `spec` says, together with `former` if that says the same.
    init(_ spec: JobSpec, beside former: HeldSpec? = nil) {
        var common = spec
        common.place = nil
        place = spec.place
        self.common = if let former, former.common.spec == common { former.common } else { Common(common) }
    }

    /// All of it.
    var whole: JobSpec {
        var spec = common.spec
        spec.place = place
        return spec
    }

    /// One thing of it; `place` is the job's own.
    subscript<Value>(dynamicMember member: KeyPath<JobSpec, Value>) -> Value { common.spec[keyPath: member] }
}
