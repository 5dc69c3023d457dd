/// Pictures that the views must draw exactly.
enum Golden {
    static let wide = """
        run 01K9QX auth-audit   5 modules   claude                                          Ctrl+C: stop
          ✓ gateway   00:41     12.8k tok              $0.041   2 endpoints: /health, /v1/refund more
          ↻ auth      00:42                                     retry 2/3 in 00:14: rate limit (429)
        ────────────────────────────────────────────────────────────────────────────────────────────────
          ◆ mobile    00:04                                     asks: may I run "npm test"?
          ● payments  00:47      9.1k tok              $0.031   ▸ Grep "verify_token" src/
          ↻ auth      00:42                                     retry 2/3 in 00:09: rate limit (429)
          ○ docs      queued                                    next
          ████░░░░░░░░░░░░░░░░░░░░  1/5 done  1 retrying   1 asking   $0.072 of $2.00
        """
    static let eighty = """
        run 01K9QX auth-audit   5 modules   claude                         Ctrl+C: stop
          ✓ gateway   00:41     12.8k tok             2 endpoints: /health, /v1/refund…
          ↻ auth      00:42                           retry 2/3 in 00:14: rate limit (…
        ───────────────────────────────────────────────────────────────────────────────
          ◆ mobile    00:04                           asks: may I run "npm test"?
          ● payments  00:47      9.1k tok             ▸ Grep "verify_token" src/
          ↻ auth      00:42                           retry 2/3 in 00:09: rate limit (…
          ○ docs      queued                          next
          ███░░░░░░░░░░░░░░░░  1/5 done  1 retrying   1 asking   $0.072 of $2.00
        """
    static let sixtyASCII = """
        run 01K9QX auth-audit   5 modules   claude     Ctrl+C: stop
          ok gateway   00:41     2 endpoints: /health, /v1/refund..
          <> auth      00:42     retry 2/3 in 00:14: rate limit (..
        -----------------------------------------------------------
          ?? mobile    00:04     asks: may I run "npm test"?
          .. payments  00:47     > Grep "verify_token" src/
          <> auth      00:42     retry 2/3 in 00:09: rate limit (..
          -- docs      queued    next
          ##............  1/5 done  1 retrying   1 asking
        """
    static let summary = """
          answers   gateway, payments, mobile, docs
        ────────────────────────────────────────────────────────────────────────────────────────────────
          Summary [ 01:11 ]  5 sessions: 4 completed, 1 failed   21.9k tok   $0.072   peak 3 running
          ✗ auth  failed after 2 attempts: rate limit (429)                            tutti logs 01K9R1
          next:  tutti show 01K9QX    tutti retry 01K9QX --failed    tutti logs 01K9QX
        """
    static let plain = """
        12:00:00 01K9QX run      start    modules=5 jobs=3 name=auth-audit
        12:00:01 01K9R0 gateway  start
        12:00:01 01K9R1 auth     start
        12:00:01 01K9R2 payments start
        12:00:42 01K9R0 gateway  done     (1/5) 41.0s tok=12800 cost=0.041
        12:00:43 01K9R1 auth     retry    (1/5) attempt=2/3 in=14s reason=rate_limit
        12:00:44 01K9R3 mobile   start
        12:00:46 01K9R3 mobile   asks     may I run "npm test"?
        12:00:58 01K9R1 auth     start    attempt=2/3
        12:01:00 01K9R1 auth     failed   (2/5) 2.0s reason=rate_limit rate limit (429)
        12:01:10 01K9R2 payments done     (3/5) 69.0s tok=9100 cost=0.031
        12:01:10 01K9R3 mobile   done     (4/5) 26.0s
        12:01:10 000000 docs     done     (5/5) 0.0s
        12:01:11 01K9QX run      end      completed=4 failed=1 exit=1
        """
    static let topWide = """
        1 queued   2 running   1 needs input   1 failed
        by state
          ID      RUN         MODULE    STATE           AGE  TOKENS  T/S    COST  NOW
        > CS0000  auth-audit  mobile    ◆ needs input  0:14    2.2k       $0.007  may I run "npm test"?
          AS0000  auth-audit  payments  ● running      0:58   10.0k   17  $0.031  ▸ Grep "verify_token" src/
          BS0000  auth-audit  web       ● running      0:24    7.4k   30  $0.023  The login form posts to /session, which is w…
          D00000  auth-audit  docs      ○ queued       0:12
          ES0000  auth-audit  auth      ✗ failed       0:18     330       $0.001  rate limit (429)



        q quit   ? help   / filter   enter open   c cancel   r retry   s sort   a all
        """
    static let topEighty = """
        1 queued   2 running   1 needs input   1 failed
        by state
          ID      MODULE    STATE           AGE  TOKENS  T/S    COST  NOW
        > CS0000  mobile    ◆ needs input  0:14    2.2k       $0.007  may I run "npm t…
          AS0000  payments  ● running      0:58   10.0k   17  $0.031  ▸ Grep "verify_t…
          BS0000  web       ● running      0:24    7.4k   30  $0.023  The login form p…
          D00000  docs      ○ queued       0:12
          ES0000  auth      ✗ failed       0:18     330       $0.001  rate limit (429)



        q quit   ? help   / filter   enter open   c cancel   r retry   s sort   a all
        """
}
