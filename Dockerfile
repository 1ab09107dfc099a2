# MeshHook from its packed tarball, the one that the tests install:
#
#   npm run pack
#   docker build -t meshhook .
#   docker run -p 3000:3000 -v meshhook:/data meshhook
#
# Without DATABASE_URL it brings up its embedded PostgreSQL in the volume.

FROM node:24-slim AS install
COPY meshhook-*.tgz /tmp/
# The package's only install script links libraries of the embedded PostgreSQL, which MeshHook does itself where it is missing; here nothing can be
# written once the image is made, so it has to run now.
RUN npm install --global --prefix /opt/meshhook --no-audit --no-fund /tmp/meshhook-*.tgz

FROM node:24-slim
COPY --from=install /opt/meshhook /opt/meshhook
ENV PATH=/opt/meshhook/bin:$PATH \
    NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    MESHHOOK_DATA_DIR=/data \
    MESHHOOK_REPORTS_DIR=/data/bench-results
RUN mkdir /data && chown node:node /data
VOLUME /data
WORKDIR /data
USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# The first start on an empty volume makes a database.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["meshhook"]
CMD ["start"]
