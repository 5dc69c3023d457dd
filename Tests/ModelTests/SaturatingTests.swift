import Model
import Testing

@Suite struct SaturatingTests {
    @Test(arguments: [
        (0.0, 0), (-0.9, 0), (1.9, 1), (-1.9, -1), (1e300, Int64.max), (-1e300, .min), (.infinity, .max),
        (-.infinity, .min), (.nan, 0), (9_223_372_036_854_775_808, .max), (-9_223_372_036_854_775_808, .min),
    ])
    func `every number has a nearest integer`(_ value: Double, _ expected: Int64) {
        #expect(Int64(saturating: value) == expected)
    }
}
