import TestSupport
import Testing

@testable import Settings

@Suite struct ProjectSearchTests {
    @Test func `the file is found upwards, up to the root of the repository`() throws {
        try withTemporaryFolder { folder in
            for name in ["a", "a/repo", "a/repo/.git", "a/repo/x", "a/repo/x/y"] { _ = try folder.makeFolder(name) }
            _ = try folder.write("", to: "a/tutti.yaml")
            let search = ProjectSearch(home: "/nowhere")
            #expect(search.find(from: folder.file("a/repo/x/y")) { _ in } == nil)
            _ = try folder.write("", to: "a/repo/tutti.yml")
            let found = search.find(from: folder.file("a/repo/x/y")) { _ in }
            #expect(found?.file.hasSuffix("/a/repo/tutti.yml") == true)
            #expect(found?.root.hasSuffix("/a/repo") == true)
        }
    }

    @Test func `a home folder's file counts only for the home folder itself`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("home")
            _ = try folder.makeFolder("home/x")
            _ = try folder.write("", to: "home/tutti.yaml")
            let search = ProjectSearch(home: folder.file("home"))
            #expect(search.find(from: folder.file("home/x")) { _ in } == nil)
            #expect(search.find(from: folder.file("home")) { _ in } != nil)
        }
    }

    @Test func `a folder of another owner ends the search and says why`() throws {
        try withTemporaryFolder { folder in
            _ = try folder.makeFolder("x")
            _ = try folder.write("", to: "x/tutti.yaml")
            var notices: [String] = []
            let search = ProjectSearch(home: "/nowhere", user: UserIdentity.effective + 1)
            #expect(search.find(from: folder.file("x")) { notices.append($0) } == nil)
            #expect(notices.count == 1)
            #expect(notices.first?.contains("belongs to another user") == true)
        }
    }
}
