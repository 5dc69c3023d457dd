-- Rows of a store that belong to nothing: `what` names table and column, `row` the row. None, whatever was deleted.
-- Where a column may be null it says so: null is not in an empty table either.
SELECT 'jobs.run' AS what, row AS row FROM jobs WHERE run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'sessions.job', row FROM sessions WHERE job NOT IN (SELECT row FROM jobs)
UNION ALL SELECT 'sessions.run', row FROM sessions WHERE run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'sessions.message', row FROM sessions
    WHERE message IS NOT NULL AND message NOT IN (SELECT row FROM message_rows)
UNION ALL SELECT 'session_progress.session', session FROM session_progress WHERE session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'slots.session', session FROM slots WHERE session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'message_rows.thread', row FROM message_rows WHERE thread NOT IN (SELECT row FROM threads)
UNION ALL SELECT 'message_rows.job', row FROM message_rows WHERE job IS NOT NULL AND job NOT IN (SELECT row FROM jobs)
UNION ALL SELECT 'message_rows.session', row FROM message_rows
    WHERE session IS NOT NULL AND session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'message_parts.message_id', message_id FROM message_parts
    WHERE message_id NOT IN (SELECT row FROM message_rows)
UNION ALL SELECT 'threads', row FROM threads WHERE row NOT IN (SELECT thread FROM message_rows)
UNION ALL SELECT 'blocks.session', row FROM blocks
    WHERE session IS NOT NULL AND session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'blocks.message', row FROM blocks
    WHERE message IS NOT NULL AND message NOT IN (SELECT row FROM message_rows)
UNION ALL SELECT 'blocks.run', row FROM blocks WHERE run IS NOT NULL AND run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'usage.session', session FROM usage WHERE session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'events.run', id FROM events WHERE run IS NOT NULL AND run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'events.job', id FROM events WHERE job IS NOT NULL AND job NOT IN (SELECT row FROM jobs)
UNION ALL SELECT 'events.session', id FROM events
    WHERE session IS NOT NULL AND session NOT IN (SELECT row FROM sessions)
UNION ALL SELECT 'events.block', id FROM events WHERE block IS NOT NULL AND block NOT IN (SELECT row FROM blocks)
UNION ALL SELECT 'kept_answers.job', job FROM kept_answers WHERE job NOT IN (SELECT row FROM jobs)
UNION ALL SELECT 'schedules.run', row FROM schedules WHERE run IS NOT NULL AND run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'wishes.run', row FROM wishes WHERE run IS NOT NULL AND run NOT IN (SELECT row FROM runs)
UNION ALL SELECT 'wishes.job', row FROM wishes WHERE job IS NOT NULL AND job NOT IN (SELECT row FROM jobs);
