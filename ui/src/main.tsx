// The console's start: router, keyboard, live events, and which page an address shows.
import '@preact/signals';
import { render, type JSX } from 'preact';
import { startKeys } from './keys';
import { route, startRouter } from './router';
import { startEvents, startFleet } from './state';
import { Empty } from './parts/bits';
import { Shell } from './parts/shell';
import { AdvicePage } from './pages/advice';
import { CatalogPage } from './pages/catalog';
import { TeamPage } from './pages/team';
import { ContractPage } from './pages/contract';
import { ContractsPage } from './pages/contracts';
import { FindingsPage } from './pages/findings';
import { IntegrationsPage } from './pages/integrations';
import { LogsPage } from './pages/logs';
import { MapPage } from './pages/map';
import { MigrationPage } from './pages/migration';
import { MigrationsPage } from './pages/migrations';
import { ServicePage, ServicesPage } from './pages/services';
import { TracePage } from './pages/trace';
import { TracesPage } from './pages/traces';
import './style/tokens.css';
import './style/base.css';
import './style/map.css';
import './style/logs.css';
import './style/trace.css';
import './style/contracts.css';
import './style/consumers.css';
import './style/catalog.css';

function Page(): JSX.Element {
	const [page, id, version] = route.value.parts;
	switch (page) {
	case 'advice': return <AdvicePage />;
	case 'map': return <MapPage />;
	case 'logs': return <LogsPage />;
	case 'traces': return <TracesPage />;
	case 'trace': if (id) return <TracePage key={id} id={id.toLowerCase()} />; break;
	case 'findings': return <FindingsPage />;
	case 'services': return id ? <ServicePage key={id} name={id} /> : <ServicesPage />;
	case 'catalog': return <CatalogPage />;
	case 'teams': if (id) return <TeamPage key={id} name={id} />; break;
	case 'contracts': return id && version ? <ContractPage key={`${id} ${version}`} service={id} version={version} /> : <ContractsPage />;
	case 'matrix': case 'integrations': return <IntegrationsPage />;
	case 'migrations': return id && version ? <MigrationPage key={`${id} ${version}`} service={id} version={version} /> : <MigrationsPage />;
	}
	return <main id="page" tabIndex={-1}><Empty page title="There is no such page">The pages are in the rail on the left; <a class="link" href="/map">the map</a> is a good start.</Empty></main>;
}

function App(): JSX.Element {
	return <Shell><Page /></Shell>;
}

startRouter();
startKeys();
startEvents();
startFleet();
render(<App />, document.getElementById('app')!);
