/// Lines of a provider whose numbers of time cannot be: too large for an integer, below nothing, before all calendars.
package enum HostileNumbers {
    /// The lines; each once ended the process that read it.
    package static let lines: [String] = ["1e300", "-1e300", "9223372036854775807", "-9223372036854775808"].flatMap {
        number in
        [
            #"{"type":"system","subtype":"api_retry","attempt":1,"max_retries":\#(number),"retry_delay_ms":\#(number)}"#,
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"warned","resetsAt":\#(number)}}"#,
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","resetsAt":\#(number)}}"#,
            #"{"delta":{"text":""},"retry_after":\#(number),"timestamp":\#(number)}"#,
        ]
    }

    /// A whole output of claude whose account is used up until a moment that no calendar has.
    package static func rejected(resetsAt: String, written timestamp: String) -> String {
        #"""
        {"type":"system","subtype":"init","session_id":"s","model":"m","tools":["Bash"]}
        {"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":\#(resetsAt),"rateLimitType":"five_hour"}}
        {"type":"assistant","message":{"id":"e","content":[{"type":"text","text":"limit"}]},"is_api_error_message":true,"error":"rate_limit","timestamp":"\#(timestamp)"}
        {"type":"result","subtype":"success","num_turns":1,"result_index":0,"result":"said","is_error":true,"terminal_reason":"api_error","api_error_status":429}

        """#
    }
}
