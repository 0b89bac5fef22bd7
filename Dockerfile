# The worker as an image: compiled, without what only development needs, not as root.
#
#   docker build -t caves-connect .
#   docker run --rm -p 8083:8083 -p 8000:8000 caves-connect
#
# runs configs/wine.yaml on the embedded services; another file is the argument of `start`.

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY connectors ./connectors
# As `npm pack` does it: clean-package turns the exports from src to dist and forgets what only a checkout needs;
# prune then removes that.
RUN npm run build \
 && npx --no clean-package \
 && npm prune

FROM node:24-slim
ENV NODE_ENV=production \
    # Inside of a container only its own network can reach it; what is published, docker decides.
    REST_HOST=0.0.0.0 \
    METRICS_HOST=0.0.0.0 \
    HEALTH_URL=http://127.0.0.1:8083/health/ready
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY bin ./bin
COPY configs ./configs
# The data of the embedded services, when they are used.
RUN mkdir .caves && chown node:node .caves
USER node
VOLUME /app/.caves
EXPOSE 8083 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=15s --retries=6 \
  CMD ["node", "--eval", "fetch(process.env.HEALTH_URL).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=8", "bin/caves-connect.js"]
CMD ["start", "configs/wine.yaml"]
