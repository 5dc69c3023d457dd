import Glibc
import Model
import TestSupport
import Testing

@testable import Settings

@Suite struct StorePlaceTests {
    private func local(_ path: String) -> FileSystemKind { FileSystemKind(name: "ext4") }
    private func remote(_ path: String) -> FileSystemKind { FileSystemKind(name: path == "/var/tmp" ? "ext4" : "nfs4") }

    @Test func `flag, variable, project and the user's data folder, in this order`() throws {
        try withPlayground { playground in
            let usual = try StorePlace.resolve(
                configuration: playground.load(), environment: playground.environment, probe: local)
            #expect(usual.path == playground.folder.file("home/.local/share/tutti/tutti.db"))
            #expect(usual.origin == .builtIn)
            let project = try playground.load(project: "version: 1\nstore: x/t.db\n")
            #expect(
                try StorePlace.resolve(configuration: project, environment: playground.environment, probe: local).path
                    == playground.project + "/x/t.db")
            playground.environment["TUTTI_DB"] = "/v/t.db"
            let variable = try StorePlace.resolve(
                configuration: playground.load(), environment: playground.environment, probe: local)
            #expect(variable.path == "/v/t.db")
            let flag = try playground.load(flags: [.init(key: "store", flag: "--db", value: "f.db")])
            #expect(
                try StorePlace.resolve(configuration: flag, environment: playground.environment, probe: local).path
                    == playground.project + "/f.db")
        }
    }

    @Test func `on a network file system the usual place moves with a notice, a chosen one is refused`() throws {
        try withPlayground { playground in
            let moved = try StorePlace.resolve(
                configuration: playground.load(), environment: playground.environment, probe: remote)
            #expect(moved.path == "/var/tmp/tutti-\(UserIdentity.effective)/tutti.db")
            #expect(moved.notice?.contains("nfs4") == true)
            let chosen = try playground.load(flags: [.init(key: "store", flag: "--db", value: "/n/t.db")])
            let error = try #require(
                tuttiError {
                    _ = try StorePlace.resolve(
                        configuration: chosen, environment: playground.environment, probe: remote)
                })
            #expect(error.code == .storeFailed)
            #expect(error.message.contains("/n/t.db (flag --db) lies on a network file system (nfs4)"))
            #expect(error.hint.contains("/var/tmp"))
        }
    }

    @Test func `a folder that somebody else planted is refused`() throws {
        try withTemporaryFolder { folder in
            symlink(folder.path, folder.file("link"))
            #expect(tuttiError { try StorePlace.claim(folder.file("link")) }?.code == .cannotCreate)
            _ = try folder.makeFolder("open")
            chmod(folder.file("open"), 0o777)
            #expect(tuttiError { try StorePlace.claim(folder.file("open")) }?.code == .cannotCreate)
            try StorePlace.claim(folder.file("fresh"))
            try StorePlace.claim(folder.file("fresh"))
        }
    }

    @Test func `the mount table decides: longest mount point, later mount`() {
        let mounts = """
            1 0 8:1 / / rw - ext4 /dev/sda rw
            2 1 0:5 / /home rw shared:1 - nfs4 server:/home rw
            3 2 0:6 / /home/me/local\\040disk rw - xfs /dev/sdb rw
            4 1 0:7 / /mnt rw - ext4 /dev/sdc rw
            5 1 0:8 / /mnt rw - fuse.sshfs host: rw
            6 1 0:9 / /layers rw - fuse.fuse-overlayfs x rw
            """
        func kind(_ path: String) -> FileSystemKind { FileSystemKind.of(path, mounts: mounts) }
        #expect(kind("/var/lib").name == "ext4")
        #expect(kind("/home/me").isShared)
        #expect(kind("/homes").name == "ext4")
        #expect(kind("/home/me/local disk/x").name == "xfs")
        #expect(kind("/mnt/x").isShared)
        #expect(!kind("/layers/x").isShared)
        #expect(!FileSystemKind.of("/proc/self/none").isShared)
    }

    @Test func `without HOME the system's record of the user is asked, and relative XDG folders count as unset`() throws
    {
        let record = Places(environment: [:])
        #expect(record.home.hasPrefix("/"))
        #expect(record.database == record.home + (record.home == "/" ? "" : "/") + ".local/share/tutti/tutti.db")
        let places = Places(environment: [
            "HOME": "/h", "XDG_DATA_HOME": "relative", "XDG_STATE_HOME": "/s/", "XDG_CONFIG_DIRS": "/a::b:/c",
        ])
        #expect(places.database == "/h/.local/share/tutti/tutti.db")
        #expect(places.trust == "/s/tutti/trust.json")
        #expect(places.systemConfigs == ["/a/tutti/config.yaml", "/c/tutti/config.yaml"])
        #expect(places.cache == "/h/.cache/tutti")
        #expect(Places(environment: ["HOME": "/h", "XDG_RUNTIME_DIR": "/r"]).runtime == "/r/tutti")
    }
}
