/// Variables of the environment by which it is chosen what is executed: where programs and libraries are looked for, which
/// options and files an interpreter begins with, which helper a tool starts.
enum ProgramVariables {
    /// True when the value of `name` may choose what is executed.
    static func chooseProgram(_ name: String) -> Bool {
        names.contains(name) || prefixes.contains { name.hasPrefix($0) }
            || suffixes.contains { name.hasSuffix($0) }
    }

    private static let prefixes = [
        "LD_", "DYLD_", "GLIBC_", "BASH_", "GIT_", "PYTHON", "PERL", "RUBY", "NODE_", "NPM_CONFIG_", "npm_config_",
        "YARN_", "BUN_", "DENO_", "LUA_", "JULIA_", "R_", "ERL_", "ELIXIR_", "GUILE_", "CORECLR_", "DOTNET_", "CARGO_",
        "RUSTC", "RUSTUP_", "BUNDLE_", "GEM_", "PIP_", "UV_", "MAVEN_", "GRADLE_", "CMAKE_", "NIX_", "XDG_CONFIG_",
    ]

    private static let suffixes = [
        "_PRELOAD", "_RSH", "_SSH", "_ASKPASS", "_PAGER", "_EDITOR", "_WRAPPER", "_LIBRARY_PATH", "_JAVA_OPTIONS",
    ]

    private static let names: Set<String> = [
        // Shells, and where everything is looked for.
        "PATH", "ENV", "IFS", "SHELL", "SHELLOPTS", "BASHOPTS", "PS4", "PROMPT_COMMAND", "CDPATH", "ZDOTDIR", "FPATH",
        "HOME", "KSH_ENV", "fish_function_path",
        // Libraries of the system.
        "GCONV_PATH", "NLSPATH", "LOCPATH", "OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "GTK_MODULES",
        "QT_PLUGIN_PATH", "GIO_EXTRA_MODULES",
        // Interpreters.
        "CLASSPATH", "JAVA_TOOL_OPTIONS", "JAVA_HOME", "JAVA_OPTS", "PHPRC", "PHP_INI_SCAN_DIR", "TCLLIBPATH",
        "AWKPATH",
        "AWKLIBPATH", "M4PATH", "EMACSLOADPATH", "VIMINIT", "GVIMINIT", "EXINIT", "MYVIMRC", "VIMRUNTIME",
        // Tools and what they start.
        "MAKEFLAGS", "MAKEFILES", "GNUMAKEFLAGS", "MFLAGS", "CC", "CXX", "CPP", "AR", "LD", "GCC_EXEC_PREFIX",
        "COMPILER_PATH", "GOFLAGS", "GOROOT", "GOPATH", "GOPROXY", "TAR_OPTIONS", "TAPE", "SVN_SSH", "SSH_AUTH_SOCK",
        "EDITOR", "VISUAL", "PAGER", "MANPAGER", "MANOPT", "LESS", "LESSOPEN", "LESSCLOSE", "BROWSER", "HGRCPATH",
        "HGPLAIN",
        "PSQLRC", "PSQL_EDITOR", "MYSQL_HOME", "ANT_OPTS", "SBT_OPTS", "VIRTUAL_ENV", "COMSPEC",
    ]
}
