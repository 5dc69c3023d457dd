import Glibc
import TestSupport
import Testing

/// `doctor --fix` and `doctor --bundle`, and the pages of the manual.
@Suite struct DoctorTests {
    @Test func `fix takes rights from others and removes locks that nobody holds`() async throws {
        try await Scene.with(["api"]) { t in
            try t.tutti("ask", "x", "api")
            chmod(t.store, 0o644)
            let locks = try t.shell("echo '\(t.state)'/stores/*/coordinators").output.split(separator: "\n")[0]
            _ = try t.shell(
                "touch -d '1 hour ago' '\(locks)/0123456789ABCDEF.lock'; touch '\(locks)/FEDCBA9876543210.lock'")
            let fixed = try t.tutti("doctor", "--fix", "--json")
            let told = try Fields(fixed.output).list.filter { $0["check"].text == "fixed" }.compactMap {
                $0["detail"].text
            }
            #expect(told.contains { $0.hasSuffix("tutti.db is for you alone now") }, "\(told)")
            #expect(told.contains { $0.contains("removed 1 lock file") }, "\(told)")
            #expect(try t.shell("stat -c %a '\(t.store)'").output == "600\n")
            // A young one may be taken this very moment.
            #expect(try t.shell("ls '\(locks)'").output == "FEDCBA9876543210.lock\n")
            let again = try Fields(t.tutti("doctor", "--fix", "--json").output).list
            #expect(!again.contains { $0["check"].text == "fixed" })
        }
    }

    @Test func `a bundle says how things stand, and nothing that was said`() async throws {
        try await Scene.with(["secretmodule"]) { t in
            try t.tutti("ask", "secretquestion [[fake: --answer secretanswer]]", "secretmodule", "--name", "secretname")
            let result = try t.tutti(
                "doctor", "--bundle", "-o", t.folder.file("report"), environment: ["TUTTI_MODEL": "secretmodel"])
            #expect(result.status == 0, "\(result.errors)")
            let report = try t.shell("cat '\(t.folder.file("report"))'").output
            #expect(report.contains("completed") && report.contains("TUTTI_MODEL") && report.contains("~/.local"))
            #expect(!report.contains("secret"), "\(report)")
            #expect(!report.contains(t.home))
            #expect(try t.shell("stat -c %a '\(t.folder.file("report"))'").output == "600\n")
            #expect(try t.tutti("doctor", "--bundle", "-o", t.folder.file("report")).status == 73)
        }
    }

    @Test(arguments: ["version: 1\njobs: secretvalue\n", "version: [\n", "version: 1\nsecretkey: 2\n"])
    func `broken settings are a finding, with and without --fix, and not quoted in a bundle`(_ text: String)
        async throws
    {
        try await Scene.with(["api"]) { t in
            try t.folder.write(text, to: "project/tutti.yaml")
            for words in [["doctor"], ["doctor", "--fix"]] {
                let result = try run(t.command(words + ["--json"]), directory: t.project)
                #expect(result.status == 1, "\(result.errors)")
                let findings = try Fields(result.output).list
                #expect(findings.contains { $0["check"].text == "settings" && $0["state"].text == "problem" })
                #expect(findings.contains { $0["check"].text == "clock" })
            }
            let report = t.folder.file("report")
            #expect(try t.tutti("doctor", "--fix", "--bundle", "-o", report).status == 0)
            let written = try t.shell("cat '\(report)'").output
            #expect(written.contains("tutti.yaml:") && !written.contains("secret"), "\(written)")
        }
    }

    @Test func `a bundle names no module and no place that somebody chose`() async throws {
        try await Scene.with(["api"]) { t in
            try t.folder.write(
                """
                version: 1
                provider: mine
                modules: { secretmodule: { path: api, provider: mine } }
                providers: { mine: { extends: claude, command: [/opt/secretplace/agent] } }
                """, to: "project/tutti.yaml")
            let report = t.folder.file("report")
            let result = try t.tutti(
                "doctor", "--bundle", "-o", report, environment: ["TUTTI_DB": t.folder.file("secretstore.db")])
            #expect(result.status == 0, "\(result.errors)")
            let written = try t.shell("cat '\(report)'").output
            #expect(written.contains("needed by 1 module"), "\(written)")
            #expect(!written.contains("secret"), "\(written)")
        }
    }

    @Test func `every topic has its page, on the screen and in the manual`() async throws {
        try await Scene.with([]) { t in
            for (topic, says) in [
                ("exit-codes", "78 bad_configuration"), ("json", "run.finished"), ("events", "\n\ntext.delta\n\n"),
                ("environment", "TUTTI_PAGER"), ("settings", "limits.depth"),
            ] {
                let page = try t.tutti("help", topic)
                #expect(page.status == 0 && page.output.contains(says), "\(topic): \(page.output.prefix(300))")
                #expect(page.output.split(separator: "\n").allSatisfy { $0.count <= 130 }, "\(topic)")
                let manual = try t.tutti("help", topic, "--man").output
                #expect(manual.hasPrefix(".TH ") && manual.contains(".SH NAME"))
                for line in manual.split(separator: "\n") where line.hasPrefix(".") {
                    #expect([".TH", ".SH", ".TP", ".PP", ".nf", ".fi", ".RS", ".RE"].contains { line.hasPrefix($0) })
                }
            }
        }
    }
}
