package main

import (
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	secret := os.Getenv("SHOP_TOKEN_SECRET")
	if secret == "" {
		log.Fatal("SHOP_TOKEN_SECRET is not set")
	}
	server := &http.Server{
		Addr:              ":8080",
		Handler:           routes(newTokens([]byte(secret))),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Println("gateway listens on", server.Addr)
	log.Fatal(server.ListenAndServe())
}
