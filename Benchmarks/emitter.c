// A very fast provider: prints the lines of one claude answer, each delta stamped with the clock of its birth.
//
// Reads only arguments of the form key=value and ignores all others, so that it can stand in for `claude`:
//   lines=N     deltas in the answer (1000)
//   rate=R      deltas per second; 0: as fast as the reader takes them (0)
//   pad=BYTES   filler after the stamp of each delta (0)
//   words=1     three words of a vocabulary of 4,096 in place of the stamp: for the index they are text, not numbers
//   at=NS       begins at this time of the wall clock, spread over one interval
//   hold=MS     stays silent for so long before the result line (0)
//   log=FILE    appends one line at its start ("s NS") and one at its end ("e LINES BYTES CRC32"), for those who check
//   text=1      prints the deltas' text alone, without JSON
//
// The text of a delta is "@", 19 digits of nanoseconds, a space, and the filler.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static uint32_t crc_table[256];

static void crc_prepare(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
        crc_table[i] = c;
    }
}

static uint32_t crc_add(uint32_t crc, const char *bytes, size_t length) {
    while (length--) crc = crc_table[(crc ^ (uint8_t)*bytes++) & 0xFF] ^ (crc >> 8);
    return crc;
}

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void wait_until(int64_t when) {
    struct timespec t = {when / 1000000000LL, when % 1000000000LL};
    while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL)) {}
}

// Three words and a space, 21 bytes, from a generator that every process seeds by its id.
static void say(char *text, uint64_t *state) {
    static const char consonants[] = "bdfgklmnprstvzch", vowels[] = "aeiou";
    for (int word = 0; word < 3; word++) {
        *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
        unsigned which = (unsigned)(*state >> 52);
        for (int i = 0; i < 6; i += 2) {
            *text++ = consonants[which >> (i * 2) & 15];
            *text++ = vowels[(which >> i) % 5];
        }
        *text++ = ' ';
    }
}

// "@", 19 digits, and a space.
static void stamp(char *text, int64_t nanoseconds) {
    text[0] = '@';
    for (int i = 19; i > 0; i--) {
        text[i] = (char)('0' + nanoseconds % 10);
        nanoseconds /= 10;
    }
    text[20] = ' ';
}

// Eight hexadecimal digits.
static void number(char *text, uint32_t value) {
    for (int i = 7; i >= 0; i--) {
        text[i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
}

static void put(const char *bytes, size_t length) {
    while (length) {
        ssize_t n = write(1, bytes, length);
        if (n <= 0) _exit(1);
        bytes += n;
        length -= (size_t)n;
    }
}

static const char *value(int argc, char **argv, const char *key, const char *otherwise) {
    size_t length = strlen(key);
    for (int i = 1; i < argc; i++)
        if (!strncmp(argv[i], key, length) && argv[i][length] == '=') return argv[i] + length + 1;
    return otherwise;
}

static void note(const char *file, const char *line) {
    if (!*file) return;
    int fd = open(file, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd < 0 || write(fd, line, strlen(line)) < 0) _exit(1);
    close(fd);
}

int main(int argc, char **argv) {
    long lines = atol(value(argc, argv, "lines", "1000"));
    double rate = atof(value(argc, argv, "rate", "0"));
    size_t pad = (size_t)atol(value(argc, argv, "pad", "0"));
    int64_t at = atoll(value(argc, argv, "at", "0"));
    long hold = atol(value(argc, argv, "hold", "0"));
    const char *log = value(argc, argv, "log", "");
    int plain = *value(argc, argv, "text", "0") == '1', talk = *value(argc, argv, "words", "0") == '1';
    uint64_t state = (uint64_t)getpid();
    char words[200], id[37];
    crc_prepare();
    snprintf(words, sizeof words, "s %lld\n", (long long)now());
    note(log, words);
    snprintf(id, sizeof id, "%08x-0000-4000-8000-%012x", (unsigned)getpid(), (unsigned)getpid());

    size_t delta = 21 + pad, room = delta + 400;
    char *whole = malloc((size_t)lines * delta + 1), *filler = malloc(pad + 1);
    char *buffer = malloc(room + 65536), *model = malloc(room);
    if (!whole || !filler || !buffer || !model) return 1;
    for (size_t i = 0; i < pad; i++) filler[i] = i % 6 == 5 ? ' ' : (char)('a' + i % 26);
    filler[pad] = 0;
    // All lines of deltas have the same length: one is written in full, and of its copies only the text and the number change.
    // What is measured is who reads them, and a thousand processes that format theirs leave no processor for that.
    size_t textual = 0, numeral = 0, length = delta;
    if (!plain) {
        static const char before[] = "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"";
        textual = sizeof before - 1;
        int n = snprintf(model, room, "%s%21s%s\"}},\"session_id\":\"%s\",\"parent_tool_use_id\":null,\"uuid\":\"", before, "",
                         filler, id);
        numeral = (size_t)n;
        length = numeral + (size_t)snprintf(model + n, room - (size_t)n, "00000000-0000-4000-8000-%.12s\"}\n", id + 24);
    }
    size_t said = 0, filled = 0;

    static const char head[] =
        "{\"type\":\"system\",\"subtype\":\"init\",\"cwd\":\"/\",\"session_id\":\"%s\",\"tools\":[],\"mcp_servers\":[],"
        "\"model\":\"emitter\",\"permissionMode\":\"default\",\"apiKeySource\":\"none\",\"uuid\":\"%s\"}\n"
        "{\"type\":\"stream_event\",\"event\":{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\","
        "\"role\":\"assistant\",\"model\":\"emitter\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":1,"
        "\"output_tokens\":1}}},\"session_id\":\"%s\",\"parent_tool_use_id\":null,\"uuid\":\"%s\"}\n"
        "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
        "\"text\":\"\"}},\"session_id\":\"%s\",\"parent_tool_use_id\":null,\"uuid\":\"%s\"}\n";
    if (!plain) filled = (size_t)snprintf(buffer, room + 65536, head, id, id, id, id, id, id);
    if (rate > 0 || at) { put(buffer, filled); filled = 0; }

    int64_t step = rate > 0 ? (int64_t)(1e9 / rate) : 0, next = now();
    if (at) {
        // Neighbours do not tick together.
        int64_t start = at + (step ? (int64_t)((uint64_t)getpid() * 2654435761u % (uint64_t)step) : 0);
        if (start > next) next = start;
    }
    // A thousand timers that each want an interrupt of their own would be half of the machine's work. Providers wait for a
    // network that delivers in batches; an age is counted from when the process woke, not from when it should have.
    if (step) prctl(PR_SET_TIMERSLACK, 1000000UL, 0UL, 0UL, 0UL);
    if (step || at) wait_until(next);
    for (long i = 0; i < lines; i++) {
        if (step) { wait_until(next); next += step; }
        char *text = whole + said;
        if (talk) say(text, &state);
        else stamp(text, now());
        memcpy(text + 21, filler, pad);
        said += delta;
        char *line = buffer + filled;
        memcpy(line, plain ? text : model, length);
        if (!plain) {
            memcpy(line + textual, text, delta);
            number(line + numeral, (uint32_t)i);
        }
        filled += length;
        if (step || filled >= 65536) { put(buffer, filled); filled = 0; }
    }
    put(buffer, filled);
    whole[said] = 0;
    if (hold) usleep((useconds_t)hold * 1000);

    if (!plain) {
        size_t size = said + 1200;
        char *tail = malloc(size);
        if (!tail) return 1;
        int n = snprintf(tail, size,
            "{\"type\":\"assistant\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"emitter\","
            "\"content\":[{\"type\":\"text\",\"text\":\"%s\"}],\"stop_reason\":null,\"usage\":{\"input_tokens\":1,\"output_tokens\":1}},"
            "\"parent_tool_use_id\":null,\"session_id\":\"%s\",\"uuid\":\"%s\"}\n", whole, id, id);
        put(tail, (size_t)n);
        n = snprintf(tail, size,
            "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_stop\",\"index\":0},\"session_id\":\"%s\",\"uuid\":\"%s\"}\n"
            "{\"type\":\"stream_event\",\"event\":{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":"
            "{\"input_tokens\":1,\"output_tokens\":%ld}},\"session_id\":\"%s\",\"uuid\":\"%s\"}\n"
            "{\"type\":\"stream_event\",\"event\":{\"type\":\"message_stop\"},\"session_id\":\"%s\",\"uuid\":\"%s\"}\n",
            id, id, lines, id, id, id, id);
        put(tail, (size_t)n);
        // The last block's text again, as claude does.
        n = snprintf(tail, size,
            "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"duration_ms\":1,\"num_turns\":1,\"result\":\"%s\","
            "\"stop_reason\":\"end_turn\",\"terminal_reason\":\"completed\",\"session_id\":\"%s\",\"total_cost_usd\":0.001,"
            "\"usage\":{\"input_tokens\":1,\"output_tokens\":%ld},\"modelUsage\":{\"emitter\":{\"inputTokens\":1,\"outputTokens\":%ld,"
            "\"cacheReadInputTokens\":0,\"cacheCreationInputTokens\":0,\"costUSD\":0.001}},\"permission_denials\":[],\"uuid\":\"%s\"}\n",
            whole, id, lines, lines, id);
        put(tail, (size_t)n);
    }
    uint32_t crc = crc_add(0xFFFFFFFFu, whole, said) ^ 0xFFFFFFFFu;
    snprintf(words, sizeof words, "e %ld %zu %08x\n", lines, said, crc);
    note(log, words);
    return 0;
}
