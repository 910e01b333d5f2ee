# One file and the libraries that it needs: no shell, no package manager, not root. `npm run image` makes dist/image first:
#   npm run image && docker build -t octoproxy .       (or: buildah build -t octoproxy .)
FROM scratch
COPY dist/image/ /
USER 65534:65534
WORKDIR /etc/octoproxy
# server.toml with its files is mounted at /etc/octoproxy; a client is `client -c client.toml`.
HEALTHCHECK --interval=30s --timeout=6s CMD ["/octoproxy", "healthcheck", "-c", "/etc/octoproxy/server.toml"]
ENTRYPOINT ["/octoproxy"]
CMD ["server", "-c", "/etc/octoproxy/server.toml"]
