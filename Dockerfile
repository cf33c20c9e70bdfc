FROM rust:1.95-trixie AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock README.md ./
COPY .cargo .cargo
COPY bindings bindings
COPY crates crates
COPY fuzz fuzz
COPY testing testing
COPY xtask xtask
RUN cargo build --profile dist --locked --package reeeductio-cli

FROM debian:trixie-slim
COPY --from=build /src/target/dist/reeeductio /usr/local/bin/reeeductio
RUN install -d -m 700 -o 1000 -g 1000 /var/lib/reeeductio
USER 1000:1000
VOLUME /var/lib/reeeductio
EXPOSE 8000
ENTRYPOINT ["/usr/local/bin/reeeductio"]
CMD ["serve", "--data", "/var/lib/reeeductio"]
