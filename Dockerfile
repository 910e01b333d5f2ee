# One file and the libraries that it needs: no shell, no package manager. Build it where `npm run binary` has run:
#   npm run binary && docker build -t octoproxy .
# Not built in the tests of this repository: they have no container runtime to count on.
FROM debian:12-slim AS libraries
RUN set -e; mkdir -p /root-of-image/tmp /root-of-image/etc/octoproxy; \
    for library in ld-linux-x86-64.so.2 ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 \
      librt.so.1 libgcc_s.so.1 libstdc++.so.6 libatomic.so.1; do \
      for found in /lib/*/"$library" /lib64/"$library" /usr/lib/*/"$library"; do \
        [ -e "$found" ] || continue; mkdir -p "/root-of-image${found%/*}"; cp -L "$found" "/root-of-image$found"; \
      done; \
    done; chmod 1777 /root-of-image/tmp

FROM scratch
COPY --from=libraries /root-of-image/ /
COPY --chmod=0755 dist/octoproxy /octoproxy
USER 65534:65534
WORKDIR /etc/octoproxy
# server.toml with its files is mounted at /etc/octoproxy; a client is `client -c client.toml`.
HEALTHCHECK --interval=30s --timeout=6s CMD ["/octoproxy", "healthcheck", "-c", "/etc/octoproxy/server.toml"]
ENTRYPOINT ["/octoproxy"]
CMD ["server", "-c", "/etc/octoproxy/server.toml"]
