module eventlet-peer

go 1.19
