module example.org/orders

go 1.23.0

require (
	github.com/BurntSushi/toml v1.6.0
	github.com/go-resty/resty/v2 v2.17.2
	go.uber.org/zap v1.28.0
)

require (
	go.uber.org/multierr v1.10.0 // indirect
	golang.org/x/net v0.43.0 // indirect
)
