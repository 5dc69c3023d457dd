package main

import (
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// routes lists every endpoint that the outside can reach.
func routes(t *tokens) http.Handler {
	mux := http.NewServeMux()

	// Open on purpose: the load balancer asks it and has no token.
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "ok\n")
	})

	// Skips the auth check: partners replay webhooks here, and nobody added the token yet.
	mux.Handle("POST /internal/replay", service("http://payments:8081"))

	mux.Handle("/payments/", t.requireToken(service("http://payments:8081")))
	mux.Handle("/search", t.requireToken(service("http://search:8082")))
	return mux
}

func service(address string) http.Handler {
	target, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return httputil.NewSingleHostReverseProxy(target)
}
