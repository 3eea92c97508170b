#!/bin/sh
# docker/scale-init.sh NAME: makes docker/scale/ once, with every secret that compose.scale.yml names, and a certificate
# of our own for NAME to begin with. What is there is never changed.
set -eu
umask 077
name=${1:?say the name that people use for the server, like sealcase.example.org}
folder=$(dirname "$0")/scale
mkdir -p "$folder/secrets" "$folder/tls"

secret() {  # NAME: 32 random bytes in hex
    [ -s "$folder/secrets/$1" ] || openssl rand -hex 32 >"$folder/secrets/$1"
}
for each in secret_key jwt_secret key_log_key metrics_token postgres_password s3_secret_key; do
    secret "$each"
done
[ -s "$folder/secrets/s3_access_key" ] || echo sealcase >"$folder/secrets/s3_access_key"
[ -s "$folder/secrets/redis_url" ] || echo redis://redis:6379/0 >"$folder/secrets/redis_url"
[ -s "$folder/secrets/database_url" ] ||
    echo "postgresql://sealcase:$(cat "$folder/secrets/postgres_password")@postgres:5432/sealcase" \
        >"$folder/secrets/database_url"
if [ ! -s "$folder/tls/cert.pem" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=$name" \
        -addext "subjectAltName=DNS:$name" -keyout "$folder/tls/key.pem" -out "$folder/tls/cert.pem" 2>/dev/null
fi
# Containers run as users of their own; the folder around keeps everybody else of this machine out.
chmod 700 "$folder"
chmod 755 "$folder/secrets" "$folder/tls"
chmod 644 "$folder"/secrets/* "$folder"/tls/*
echo "$folder is ready. Keep a copy of $folder/secrets elsewhere: without it nobody finds their files again."
