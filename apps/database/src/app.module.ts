import { Module } from '@nestjs/common';
import { DatabaseController } from './database.controller.js';
import { DatabaseService } from './database.service.js';
import { serverProvider } from './server.provider.js';

@Module({ controllers: [DatabaseController], providers: [serverProvider, DatabaseService] })
export class AppModule {}
