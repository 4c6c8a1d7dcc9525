import { Module } from '@nestjs/common';
import { DatabaseController } from './database.controller.js';
import { DatabaseService } from './database.service.js';
import { PostgresServer } from './postgres-server.service.js';

@Module({ controllers: [DatabaseController], providers: [PostgresServer, DatabaseService] })
export class AppModule {}
