PRAGMA application_id=1212438354;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempt (
	id INTEGER NOT NULL, 
	task_id INTEGER DEFAULT 0 NOT NULL, 
	kind TEXT DEFAULT 'work' NOT NULL, 
	round INTEGER DEFAULT 0 NOT NULL, 
	number INTEGER DEFAULT 0 NOT NULL, 
	fence INTEGER DEFAULT 0 NOT NULL, 
	session_id INTEGER DEFAULT 0 NOT NULL, 
	started_ms INTEGER DEFAULT 0 NOT NULL, 
	ended_ms INTEGER DEFAULT 0 NOT NULL, 
	outcome TEXT DEFAULT '' NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	notes TEXT DEFAULT '' NOT NULL, 
	cost TEXT DEFAULT '{}' NOT NULL, 
	delivery_id INTEGER DEFAULT 0 NOT NULL, 
	reply TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_attempt PRIMARY KEY (id)
);
INSERT INTO "attempt" VALUES(1,1,'work',1,1,1,1,1795248060000,1795248060000,'done','','kept simple','{"minutes": 0.0, "tokens": 1200, "usd": 0.25}',2,'df99aad75fe5f067f7b67a078b6153ae {"task":"design","state":"done","outcome":"done","unblocked":["api","epic"],"revision":9,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(2,3,'work',1,1,1,2,1795248060000,1795248060000,'done','','','{"minutes": 0.0}',3,'d43bb307909a3bfd41278cb9cfbec5ce {"task":"docs","state":"done","outcome":"done","unblocked":["guide"],"revision":11,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(3,2,'work',1,1,1,2,1795248060000,1795248060000,'done','','','{"minutes": 0.0}',4,'044a3c67ee94cbeb2fb08df3f260e03c {"task":"api","state":"done","outcome":"done","unblocked":["ui"],"claimed":{"task":"epic","kind":"work","round":1,"attempt":1,"attempts":3,"estimate":90.0,"lease":"45b3171849e8c872336b026020cf15de","fence":1,"expires_in_s":3600,"why":"next in claim order","upstream":[{"task":"design","title":"Design the API","distance":1,"summary":"design is done","critical":{"endpoints":["a","b"],"errors":4,"text":"naïve 设计"},"artifacts":[{"name":"sketch","hash":"4cd31ed836993286d29bde36772eb9eca80919c1b04f8d4dd9dff7681ba7429d","bytes":280},{"name":"schema","path":"docs/api.md"},{"name":"page","uri":"https://example.com/design"}],"by":"lead/1"}],"owes":[{"to":"story","promise":"the parts","keys":["parts"]}],"revision":15,"next":"work on it; check(lease) now and then; finish(lease, ...) ends it"},"revision":15,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(4,24,'work',1,1,1,2,1795248060000,1795248060000,'released','not this one','not this one','{"minutes": 0.0}',0,'45b3171849e8c872336b026020cf15de {"task":"epic","state":"ready","outcome":"release","unblocked":[],"revision":16,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(5,5,'work',1,1,1,1,1795248180000,1795248180000,'done','','','{"minutes": 0.0}',5,'b0ef0009616403d8f67f72dc50719092 {"task":"ui","state":"done","outcome":"done","unblocked":[],"revision":18,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(6,4,'work',1,1,1,1,1795248180000,1795248180000,'done','','','{"minutes": 0.0}',6,'461a9fb33a97d512ebbf22b7d15236ea {"task":"guide","state":"done","outcome":"done","unblocked":["release"],"revision":20,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(7,1,'work',2,1,2,1,1795248180000,1795248180000,'done','','','{"minutes": 0.0}',7,'d7139b62054d69b1f94143975e38eec2 {"task":"design","state":"done","outcome":"done","unblocked":["api","epic"],"reopened":["api","docs","guide","ui"],"revision":27,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(8,7,'work',1,1,1,2,1795248300000,1795248300000,'done','','','{"minutes": 0.0}',8,'9cc4f95ea4d6412c7eb7d1b2d51e8ded {"task":"login","state":"review","outcome":"done","unblocked":[],"revision":29,"next":"it waits for acceptance; claim() takes the next task"}');
INSERT INTO "attempt" VALUES(9,8,'work',1,1,1,2,1795248300000,1795248300000,'done','','','{"minutes": 0.0}',9,'b3b0c1d3649fab2cbc55518396ee7379 {"task":"logout","state":"review","outcome":"done","unblocked":[],"revision":31,"next":"it waits for acceptance; claim() takes the next task"}');
INSERT INTO "attempt" VALUES(10,9,'work',1,1,1,2,1795248300000,1795248300000,'done','','','{"minutes": 0.0}',10,'4ce025769d74d296fe435a97fd6c94f5 {"task":"reset","state":"review","outcome":"done","unblocked":[],"revision":33,"next":"it waits for acceptance; claim() takes the next task"}');
INSERT INTO "attempt" VALUES(11,10,'work',1,1,1,2,1795248300000,1795248300000,'done','','','{"minutes": 0.0}',11,'9908af5bf8bd74caa50a65bfe1f1bfc4 {"task":"rights","state":"review","outcome":"done","unblocked":[],"revision":35,"next":"it waits for acceptance; claim() takes the next task"}');
INSERT INTO "attempt" VALUES(12,8,'review',1,1,2,3,1795248300000,1795248300000,'approved','','good','{"minutes": 0.0}',0,'18412c2a97a15de39c8c8a7dde469322 {"task":"logout","state":"done","outcome":"approve","unblocked":[],"revision":37,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(13,9,'review',1,1,2,3,1795248300000,1795248300000,'rejected','mails are not sent','mails are not sent','{"minutes": 0.0}',0,'c0a4a9d82346613c9d30c04275f7f83f {"task":"reset","state":"ready","outcome":"reject","unblocked":[],"revision":39,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(14,9,'work',1,1,3,2,1795248300000,1795252650000,'expired','the lease ran out','','{}',0,'');
INSERT INTO "attempt" VALUES(15,10,'review',1,1,2,3,1795248300000,0,'','','','{}',0,'');
INSERT INTO "attempt" VALUES(16,33,'work',1,1,1,2,1795248360000,1795248360000,'done','','','{"minutes": 0.0}',12,'f4bebcceced2ba1b252ec838d0782798 {"task":"source","state":"done","outcome":"done","unblocked":["parked","told"],"revision":44,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(17,31,'work',1,1,1,2,1795248360000,1795248360000,'done','','','{"minutes": 0.0}',13,'966483846c7e9814cee0d868b0b2abf4 {"task":"first-try","state":"done","outcome":"done","unblocked":["reader"],"revision":46,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(18,32,'work',1,1,1,2,1795248360000,1795248360000,'done','','','{"minutes": 0.0}',14,'5b71cc1dc2dcd846804e46db74106ef8 {"task":"reader","state":"done","outcome":"done","unblocked":[],"revision":48,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(19,34,'work',1,1,1,2,1795248360000,1795248360000,'done','','','{"minutes": 0.0}',15,'2a06c52dd10b77cafe7659ae2f23f201 {"task":"parked","state":"review","outcome":"done","unblocked":[],"revision":52,"next":"it waits for acceptance; claim() takes the next task"}');
INSERT INTO "attempt" VALUES(20,35,'work',1,1,1,2,1795248360000,1795252650000,'expired','the lease ran out','','{}',0,'');
INSERT INTO "attempt" VALUES(21,13,'work',1,1,1,2,1795248360000,1795248360000,'failed','no room','no room','{"minutes": 0.0}',0,'5558be880213ac1dfbea68563a595d96 {"task":"cache","state":"failed","outcome":"failed","unblocked":[],"revision":54,"next":"a planner may rework it; claim() takes other work"}');
INSERT INTO "attempt" VALUES(22,14,'work',1,1,1,2,1795248360000,1795248360000,'failed','try later','try later','{"minutes": 0.0}',0,'5c96c5298281ce60410f799274571185 {"task":"retry","state":"ready","outcome":"failed","unblocked":[],"retry_in_s":50,"revision":56,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(23,15,'work',1,1,1,2,1795248360000,1795248360000,'blocked','which database?','which database?','{"minutes": 0.0}',0,'2e43e8ff851ce1292737d395daf8d6ea {"task":"stuck","state":"held","outcome":"blocked","unblocked":[],"revision":58,"next":"it waits for an answer; claim() takes other work"}');
INSERT INTO "attempt" VALUES(24,19,'work',1,1,1,2,1795248360000,1795248360000,'released','too hard for me','too hard for me','{"minutes": 0.0}',0,'012995f1248497422c3b3a0a6ad7a1ba {"task":"given","state":"ready","outcome":"release","unblocked":[],"revision":60,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(25,20,'work',1,1,1,2,1795248360000,1795248360000,'handoff','yours','yours','{"minutes": 0.0}',0,'cdcfe14858239643c37f1b8c2c5b72b4 {"task":"handed","state":"ready","outcome":"handoff","unblocked":[],"revision":62,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(26,11,'work',1,1,1,2,1795248360000,1795248360000,'done','','','{"minutes": 0.0, "tokens": 400}',16,'8e635bfdf3d26baf1a149075429b4452 {"task":"metrics","state":"done","outcome":"done","unblocked":[],"revision":68,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(27,42,'work',1,1,1,2,1795248390000,1795248390000,'done','','','{"minutes": 0.0}',18,'235a03522fe8da725788217adadf7c50 {"task":"epic-a","state":"done","outcome":"done","unblocked":["epic-b"],"revision":73,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(28,26,'work',1,1,1,1,1795248390000,1795248390000,'split','','','{}',0,'');
INSERT INTO "attempt" VALUES(29,44,'work',1,1,1,2,1795248390000,1795248390000,'done','','','{"minutes": 0.0}',19,'33aed78e2767ca97203d582c0febd813 {"task":"whole-a","state":"done","outcome":"done","unblocked":[],"revision":77,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(30,45,'work',1,1,1,2,1795248390000,1795248390000,'done','','','{"minutes": 0.0}',20,'05e559decab0aebaea5cbd81fa5fd9b9 {"task":"whole-b","state":"done","outcome":"done","unblocked":["after-whole"],"revision":80,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(31,29,'work',1,1,1,2,1795248390000,1795248390000,'done','','','{"minutes": 0.0}',21,'0be54a1c3c9498568be081faed662ab0 {"task":"redone","state":"done","outcome":"done","unblocked":["after-redone"],"revision":82,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(32,46,'work',1,1,1,2,1795248390000,1795248390000,'done','','','{"minutes": 0.0}',22,'2855912b1b03ef2b668e525ba11372f0 {"task":"redone-a","state":"done","outcome":"done","unblocked":["after-redone"],"revision":87,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(33,15,'work',2,1,2,2,1795248390000,1795248390000,'blocked','it is locked','it is locked','{"minutes": 0.0}',0,'4d6ada1a0eb74e025782252ddb677369 {"task":"stuck","state":"held","outcome":"blocked","unblocked":[],"revision":94,"next":"it waits for an answer; claim() takes other work"}');
INSERT INTO "attempt" VALUES(34,21,'work',1,1,1,2,1795248450000,1795248450000,'released_by_person','','','{}',23,'');
INSERT INTO "attempt" VALUES(35,23,'work',1,1,1,2,1795248450000,1795252650000,'expired','the lease ran out','','{}',0,'');
INSERT INTO "attempt" VALUES(36,22,'work',1,1,1,1,1795334850000,0,'','','','{}',0,'');
INSERT INTO "attempt" VALUES(37,36,'work',1,1,1,2,1795334850000,1795334850000,'done','','','{"minutes": 0.0}',24,'ac2303df5e4346031ce0ad50af86c4b1 {"task":"fact","state":"done","outcome":"done","unblocked":["teller"],"revision":113,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(38,37,'work',1,1,1,2,1795334850000,0,'','','','{}',0,'');
INSERT INTO "attempt" VALUES(39,36,'work',2,1,2,3,1795334850000,1795334850000,'done','','','{"minutes": 0.0}',25,'c05351568c112f9d9acd9392b8e7bef3 {"task":"fact","state":"done","outcome":"done","unblocked":[],"told":["teller"],"revision":117,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(40,19,'work',1,1,2,2,1795334850000,1795334850000,'done','','','{"minutes": 0.0}',26,'a05b5b8686e03f7efaaf326696e89234 {"task":"given","state":"done","outcome":"done","unblocked":[],"claimed":{"task":"bill","spec":"Send bills.","kind":"work","round":1,"attempt":1,"attempts":3,"lease":"8591b2a9dbac17df6798235c70ed4ca0","fence":1,"expires_in_s":3600,"why":"next in claim order","upstream":[{"task":"metrics","distance":1,"soft":true,"summary":"metrics is done","by":"hand/2"}],"owes":[],"revision":120,"next":"work on it; check(lease) now and then; finish(lease, ...) ends it"},"revision":120,"next":"claim() takes the next task"}');
INSERT INTO "attempt" VALUES(41,12,'work',1,1,1,2,1795334850000,0,'','','','{}',0,'');
INSERT INTO "attempt" VALUES(42,48,'work',1,1,1,4,1795334855000,0,'','','','{}',0,'');
INSERT INTO "attempt" VALUES(43,49,'work',1,1,1,5,1795334855000,0,'','','','{}',0,'');
CREATE TABLE avoid (
	session_id INTEGER NOT NULL, 
	task_id INTEGER NOT NULL, 
	until_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_avoid PRIMARY KEY (session_id, task_id)
);
INSERT INTO "avoid" VALUES(2,24,1795249860000);
INSERT INTO "avoid" VALUES(2,13,1795250160000);
INSERT INTO "avoid" VALUES(2,14,1795250160000);
INSERT INTO "avoid" VALUES(2,19,1795250160000);
INSERT INTO "avoid" VALUES(2,20,1795250160000);
CREATE TABLE blob (
	hash TEXT NOT NULL, 
	content TEXT DEFAULT '' NOT NULL, 
	size_bytes INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_blob PRIMARY KEY (hash)
);
INSERT INTO "blob" VALUES('4cd31ed836993286d29bde36772eb9eca80919c1b04f8d4dd9dff7681ba7429d','a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
a -> b
',280);
CREATE TABLE board (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	revision INTEGER DEFAULT 0 NOT NULL, 
	policy TEXT DEFAULT '{}' NOT NULL, 
	paused INTEGER DEFAULT 0 NOT NULL, 
	next_ord INTEGER DEFAULT 1 NOT NULL, 
	last_call_ms INTEGER DEFAULT 0 NOT NULL, 
	expiry_floor_ms INTEGER DEFAULT 0 NOT NULL, 
	waiting INTEGER DEFAULT 0 NOT NULL, 
	ready INTEGER DEFAULT 0 NOT NULL, 
	active INTEGER DEFAULT 0 NOT NULL, 
	review INTEGER DEFAULT 0 NOT NULL, 
	held INTEGER DEFAULT 0 NOT NULL, 
	done INTEGER DEFAULT 0 NOT NULL, 
	failed INTEGER DEFAULT 0 NOT NULL, 
	cancelled INTEGER DEFAULT 0 NOT NULL, 
	split INTEGER DEFAULT 0 NOT NULL, 
	created_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_board PRIMARY KEY (id), 
	CONSTRAINT uq_board_name UNIQUE (name)
);
INSERT INTO "board" VALUES(1,'lively',120,'{"reworks": 6, "backoff_first_ms": 60000, "leases_per_session": 16}',0,42,1795334850000,1795252170000,5,13,3,3,2,16,2,2,1,1795248000000);
INSERT INTO "board" VALUES(2,'pair',5,'{}',0,4,1795334855000,0,1,0,2,0,0,0,0,0,0,1795334855000);
CREATE TABLE delivery (
	id INTEGER NOT NULL, 
	task_id INTEGER DEFAULT 0 NOT NULL, 
	attempt_id INTEGER DEFAULT 0 NOT NULL, 
	round INTEGER DEFAULT 0 NOT NULL, 
	salvage INTEGER DEFAULT 0 NOT NULL, 
	session_id INTEGER DEFAULT 0 NOT NULL, 
	summary TEXT DEFAULT '' NOT NULL, 
	critical TEXT DEFAULT '{}' NOT NULL, 
	artifacts TEXT DEFAULT '[]' NOT NULL, 
	delivered TEXT DEFAULT '{}' NOT NULL, 
	evidence TEXT DEFAULT '{}' NOT NULL, 
	notes TEXT DEFAULT '' NOT NULL, 
	changed TEXT DEFAULT '[]' NOT NULL, 
	digests TEXT DEFAULT '{}' NOT NULL, 
	revision INTEGER DEFAULT 0 NOT NULL, 
	created_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_delivery PRIMARY KEY (id)
);
INSERT INTO "delivery" VALUES(1,38,0,1,0,0,'made elsewhere','{}','[]','{}','{}','','[]','{}',7,1795248000000);
INSERT INTO "delivery" VALUES(2,1,1,1,0,1,'design is done','{"endpoints":["a","b"],"errors":4,"text":"naïve 设计"}','[{"name":"sketch","hash":"4cd31ed836993286d29bde36772eb9eca80919c1b04f8d4dd9dff7681ba7429d","bytes":280},{"name":"schema","path":"docs/api.md"},{"name":"page","uri":"https://example.com/design"}]','{"api":"a and b"}','{"endpoints are named":"see the sketch","errors are named":"four of them"}','kept simple','[]','{"endpoints":"0473ef2dc0d324ab","errors":"4b227777d4dd1fc6","text":"3292f7b9b8d8b521","artifact:sketch":"9fb457bb6564c0be","artifact:schema":"76343a573f3117ce","artifact:page":"6bf4ce81666d97c9"}',9,1795248060000);
INSERT INTO "delivery" VALUES(3,3,2,1,0,2,'docs is done','{"pages":2}','[]','{}','{}','','[]','{"pages":"d4735e3a265e16ee"}',11,1795248060000);
INSERT INTO "delivery" VALUES(4,2,3,1,0,2,'api stands','{"version":1}','[]','{}','{}','','[]','{"version":"6b86b273ff34fce1"}',14,1795248060000);
INSERT INTO "delivery" VALUES(5,5,5,1,0,1,'ui is done','{"pages":3}','[]','{}','{}','','[]','{"pages":"4e07408562bedb8b"}',18,1795248180000);
INSERT INTO "delivery" VALUES(6,4,6,1,0,1,'guide is done','{}','[]','{}','{}','','[]','{}',20,1795248180000);
INSERT INTO "delivery" VALUES(7,1,7,2,0,1,'design is done','{"endpoints":["c"],"errors":4}','[]','{"api":"only c"}','{}','','["api"]','{"endpoints":"fd2079a3096d5abb","errors":"4b227777d4dd1fc6"}',23,1795248180000);
INSERT INTO "delivery" VALUES(8,7,8,1,0,2,'login is done','{"user":"login"}','[]','{}','{"it logs in":"tried"}','','[]','{"user":"5dfa1157ba55ee4c"}',29,1795248300000);
INSERT INTO "delivery" VALUES(9,8,9,1,0,2,'logout is done','{"user":"logout"}','[]','{}','{}','','[]','{"user":"ac35a14cb5d308c2"}',31,1795248300000);
INSERT INTO "delivery" VALUES(10,9,10,1,0,2,'reset is done','{"user":"reset"}','[]','{}','{}','','[]','{"user":"1c7a1973504de9e9"}',33,1795248300000);
INSERT INTO "delivery" VALUES(11,10,11,1,0,2,'rights is done','{"user":"rights"}','[]','{}','{}','','[]','{"user":"b5afc2fe3b783d57"}',35,1795248300000);
INSERT INTO "delivery" VALUES(12,33,16,1,0,2,'source is done','{"value":1}','[]','{}','{}','','[]','{"value":"6b86b273ff34fce1"}',44,1795248360000);
INSERT INTO "delivery" VALUES(13,31,17,1,0,2,'first-try is done','{"value":"x"}','[]','{}','{}','','[]','{"value":"ba2df4903a2c14e8"}',46,1795248360000);
INSERT INTO "delivery" VALUES(14,32,18,1,0,2,'reader is done','{}','[]','{}','{}','','[]','{}',48,1795248360000);
INSERT INTO "delivery" VALUES(15,34,19,1,0,2,'made of 1','{}','[]','{}','{}','','[]','{}',52,1795248360000);
INSERT INTO "delivery" VALUES(16,11,26,1,0,2,'metrics is done','{}','[]','{}','{}','','[]','{}',68,1795248360000);
INSERT INTO "delivery" VALUES(17,18,0,1,0,0,'by hand','{}','[]','{}','{}','','[]','{}',69,1795248360000);
INSERT INTO "delivery" VALUES(18,42,27,1,0,2,'epic-a is done','{"parts":["a"]}','[]','{"story":"the first part"}','{}','','[]','{"parts":"0eb5b8d6f81bc677"}',73,1795248390000);
INSERT INTO "delivery" VALUES(19,44,29,1,0,2,'whole-a is done','{}','[]','{}','{}','','[]','{}',77,1795248390000);
INSERT INTO "delivery" VALUES(20,45,30,1,0,2,'whole-b is done','{"last":true}','[]','{}','{}','','[]','{"last":"b5bea41b6c623f7c"}',79,1795248390000);
INSERT INTO "delivery" VALUES(21,29,31,1,0,2,'redone is done','{"value":1}','[]','{}','{}','','[]','{"value":"6b86b273ff34fce1"}',82,1795248390000);
INSERT INTO "delivery" VALUES(22,46,32,1,0,2,'redone-a is done','{"value":2}','[]','{}','{}','','[]','{"value":"d4735e3a265e16ee"}',86,1795248390000);
INSERT INTO "delivery" VALUES(23,21,34,1,1,2,'too late','{"kept":1}','[]','{}','{}','','[]','{"kept":"6b86b273ff34fce1"}',105,1795248450000);
INSERT INTO "delivery" VALUES(24,36,37,1,0,2,'fact is done','{"value":1}','[]','{}','{}','','[]','{"value":"6b86b273ff34fce1"}',113,1795334850000);
INSERT INTO "delivery" VALUES(25,36,39,2,0,3,'fact is done','{"value":2}','[]','{}','{}','','[]','{"value":"d4735e3a265e16ee"}',117,1795334850000);
INSERT INTO "delivery" VALUES(26,19,40,1,0,2,'given back','{}','[]','{}','{}','','[]','{}',119,1795334850000);
CREATE TABLE edge (
	task_id INTEGER NOT NULL, 
	upstream_id INTEGER NOT NULL, 
	kind TEXT DEFAULT 'hard' NOT NULL, 
	expect TEXT DEFAULT '' NOT NULL, 
	promise TEXT DEFAULT '' NOT NULL, 
	keys TEXT DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_edge PRIMARY KEY (task_id, upstream_id)
);
INSERT INTO "edge" VALUES(2,1,'hard','the endpoints','their names','["endpoints"]');
INSERT INTO "edge" VALUES(3,1,'soft','','','[]');
INSERT INTO "edge" VALUES(4,2,'soft','','','[]');
INSERT INTO "edge" VALUES(4,3,'hard','','','[]');
INSERT INTO "edge" VALUES(5,2,'hard','','','[]');
INSERT INTO "edge" VALUES(6,5,'hard','','','[]');
INSERT INTO "edge" VALUES(6,4,'hard','','','[]');
INSERT INTO "edge" VALUES(24,1,'hard','','','[]');
INSERT INTO "edge" VALUES(25,24,'hard','','the parts','["parts"]');
INSERT INTO "edge" VALUES(27,26,'hard','','','[]');
INSERT INTO "edge" VALUES(30,29,'hard','','','[]');
INSERT INTO "edge" VALUES(34,33,'hard','','','[]');
INSERT INTO "edge" VALUES(35,33,'hard','','','[]');
INSERT INTO "edge" VALUES(37,36,'hard','','','[]');
INSERT INTO "edge" VALUES(39,38,'hard','','','[]');
INSERT INTO "edge" VALUES(40,38,'hard','','','[]');
INSERT INTO "edge" VALUES(32,41,'hard','','','[]');
INSERT INTO "edge" VALUES(41,31,'soft','','','[]');
INSERT INTO "edge" VALUES(42,1,'hard','','','[]');
INSERT INTO "edge" VALUES(43,42,'hard','','','[]');
INSERT INTO "edge" VALUES(43,1,'hard','','','[]');
INSERT INTO "edge" VALUES(24,42,'part','','','[]');
INSERT INTO "edge" VALUES(24,43,'part','','','[]');
INSERT INTO "edge" VALUES(25,42,'answers','','the parts','["parts"]');
INSERT INTO "edge" VALUES(26,44,'part','','','[]');
INSERT INTO "edge" VALUES(26,45,'part','','','[]');
INSERT INTO "edge" VALUES(29,46,'part','','','[]');
INSERT INTO "edge" VALUES(28,47,'part','','','[]');
INSERT INTO "edge" VALUES(12,11,'soft','','','[]');
INSERT INTO "edge" VALUES(50,48,'hard','','','[]');
INSERT INTO "edge" VALUES(50,49,'hard','','','[]');
CREATE TABLE event (
	board_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	task TEXT DEFAULT '' NOT NULL, 
	actor TEXT DEFAULT '' NOT NULL, 
	at_ms INTEGER DEFAULT 0 NOT NULL, 
	reason TEXT DEFAULT '' NOT NULL, 
	data TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_event PRIMARY KEY (board_id, revision)
);
INSERT INTO "event" VALUES(1,1,'policy','','local',1795248000000,'','{"policy":{"reworks":6,"backoff_first_ms":60000,"leases_per_session":16}}');
INSERT INTO "event" VALUES(1,2,'joined','','lead/1',1795248000000,'','{"session":1,"agent":"lead"}');
INSERT INTO "event" VALUES(1,3,'joined','','hand/2',1795248000000,'','{"session":2,"agent":"hand"}');
INSERT INTO "event" VALUES(1,4,'joined','','judge/3',1795248000000,'','{"session":3,"agent":"judge"}');
INSERT INTO "event" VALUES(1,5,'added','','lead/1',1795248000000,'','{"keys":["design","api","docs","guide","ui","release"]}');
INSERT INTO "event" VALUES(1,6,'added','','local',1795248000000,'','{"keys":["login","logout","reset","rights","metrics","bill","cache","retry","stuck","dropped","after-dropped","odd","given","handed","late","slow","quiet","epic","story","whole","after-whole","emptied","redone","after-redone","first-try","reader","source","parked","told","fact","teller"]}');
INSERT INTO "event" VALUES(1,7,'imported','','local',1795248000000,'','{"keys":["old-done","old-failed","old-open"],"deliveries":[{"id":1,"task_id":38,"attempt_id":0,"round":1,"salvage":0,"session_id":0,"summary":"made elsewhere","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":7,"created_ms":1795248000000}]}');
INSERT INTO "event" VALUES(1,8,'claimed','design','lead/1',1795248060000,'','{"attempt":{"id":1,"task_id":1,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248060000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,9,'finished','design','lead/1',1795248060000,'','{"attempt":{"id":1,"task_id":1,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248060000,"ended_ms":1795248060000,"outcome":"done","reason":"","notes":"kept simple","cost":"{\"minutes\": 0.0, \"tokens\": 1200, \"usd\": 0.25}","delivery_id":2},"delivery":{"id":2,"task_id":1,"attempt_id":1,"round":1,"salvage":0,"session_id":1,"summary":"design is done","critical":"{\"endpoints\":[\"a\",\"b\"],\"errors\":4,\"text\":\"naïve 设计\"}","artifacts":"[{\"name\":\"sketch\",\"hash\":\"4cd31ed836993286d29bde36772eb9eca80919c1b04f8d4dd9dff7681ba7429d\",\"bytes\":280},{\"name\":\"schema\",\"path\":\"docs/api.md\"},{\"name\":\"page\",\"uri\":\"https://example.com/design\"}]","delivered":"{\"api\":\"a and b\"}","evidence":"{\"endpoints are named\":\"see the sketch\",\"errors are named\":\"four of them\"}","notes":"kept simple","changed":"[]","digests":"{\"endpoints\":\"0473ef2dc0d324ab\",\"errors\":\"4b227777d4dd1fc6\",\"text\":\"3292f7b9b8d8b521\",\"artifact:sketch\":\"9fb457bb6564c0be\",\"artifact:schema\":\"76343a573f3117ce\",\"artifact:page\":\"6bf4ce81666d97c9\"}","revision":9,"created_ms":1795248060000}}');
INSERT INTO "event" VALUES(1,10,'claimed','docs','hand/2',1795248060000,'','{"attempt":{"id":2,"task_id":3,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,11,'finished','docs','hand/2',1795248060000,'','{"attempt":{"id":2,"task_id":3,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":1795248060000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":3},"delivery":{"id":3,"task_id":3,"attempt_id":2,"round":1,"salvage":0,"session_id":2,"summary":"docs is done","critical":"{\"pages\":2}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"pages\":\"d4735e3a265e16ee\"}","revision":11,"created_ms":1795248060000}}');
INSERT INTO "event" VALUES(1,12,'claimed','api','hand/2',1795248060000,'','{"attempt":{"id":3,"task_id":2,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,13,'noted','api','hand/2',1795248060000,'','{}');
INSERT INTO "event" VALUES(1,14,'finished','api','hand/2',1795248060000,'','{"attempt":{"id":3,"task_id":2,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":1795248060000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":4},"delivery":{"id":4,"task_id":2,"attempt_id":3,"round":1,"salvage":0,"session_id":2,"summary":"api stands","critical":"{\"version\":1}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"version\":\"6b86b273ff34fce1\"}","revision":14,"created_ms":1795248060000}}');
INSERT INTO "event" VALUES(1,15,'claimed','epic','hand/2',1795248060000,'','{"attempt":{"id":4,"task_id":24,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,16,'released','epic','hand/2',1795248060000,'not this one','{"attempt":{"id":4,"task_id":24,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248060000,"ended_ms":1795248060000,"outcome":"released","reason":"not this one","notes":"not this one","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,17,'claimed','ui','lead/1',1795248180000,'','{"attempt":{"id":5,"task_id":5,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248180000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,18,'finished','ui','lead/1',1795248180000,'','{"attempt":{"id":5,"task_id":5,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248180000,"ended_ms":1795248180000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":5},"delivery":{"id":5,"task_id":5,"attempt_id":5,"round":1,"salvage":0,"session_id":1,"summary":"ui is done","critical":"{\"pages\":3}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"pages\":\"4e07408562bedb8b\"}","revision":18,"created_ms":1795248180000}}');
INSERT INTO "event" VALUES(1,19,'claimed','guide','lead/1',1795248180000,'','{"attempt":{"id":6,"task_id":4,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248180000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,20,'finished','guide','lead/1',1795248180000,'','{"attempt":{"id":6,"task_id":4,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248180000,"ended_ms":1795248180000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":6},"delivery":{"id":6,"task_id":4,"attempt_id":6,"round":1,"salvage":0,"session_id":1,"summary":"guide is done","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":20,"created_ms":1795248180000}}');
INSERT INTO "event" VALUES(1,21,'reworked','design','lead/1',1795248180000,'name them better','{}');
INSERT INTO "event" VALUES(1,22,'claimed','design','lead/1',1795248180000,'','{"attempt":{"id":7,"task_id":1,"kind":"work","round":2,"number":1,"fence":2,"session_id":1,"started_ms":1795248180000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,23,'finished','design','lead/1',1795248180000,'','{"attempt":{"id":7,"task_id":1,"kind":"work","round":2,"number":1,"fence":2,"session_id":1,"started_ms":1795248180000,"ended_ms":1795248180000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":7},"delivery":{"id":7,"task_id":1,"attempt_id":7,"round":2,"salvage":0,"session_id":1,"summary":"design is done","critical":"{\"endpoints\":[\"c\"],\"errors\":4}","artifacts":"[]","delivered":"{\"api\":\"only c\"}","evidence":"{}","notes":"","changed":"[\"api\"]","digests":"{\"endpoints\":\"fd2079a3096d5abb\",\"errors\":\"4b227777d4dd1fc6\"}","revision":23,"created_ms":1795248180000}}');
INSERT INTO "event" VALUES(1,24,'reopened','api','lead/1',1795248180000,'design was reworked: endpoints, text','{}');
INSERT INTO "event" VALUES(1,25,'reopened','docs','lead/1',1795248180000,'design was reworked: artifact:page, artifact:schema, artifact:sketch, endpoints, text','{}');
INSERT INTO "event" VALUES(1,26,'reopened','guide','lead/1',1795248180000,'design was reworked: endpoints','{}');
INSERT INTO "event" VALUES(1,27,'reopened','ui','lead/1',1795248180000,'design was reworked: endpoints','{}');
INSERT INTO "event" VALUES(1,28,'claimed','login','hand/2',1795248300000,'','{"attempt":{"id":8,"task_id":7,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,29,'finished','login','hand/2',1795248300000,'','{"attempt":{"id":8,"task_id":7,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":8},"delivery":{"id":8,"task_id":7,"attempt_id":8,"round":1,"salvage":0,"session_id":2,"summary":"login is done","critical":"{\"user\":\"login\"}","artifacts":"[]","delivered":"{}","evidence":"{\"it logs in\":\"tried\"}","notes":"","changed":"[]","digests":"{\"user\":\"5dfa1157ba55ee4c\"}","revision":29,"created_ms":1795248300000}}');
INSERT INTO "event" VALUES(1,30,'claimed','logout','hand/2',1795248300000,'','{"attempt":{"id":9,"task_id":8,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,31,'finished','logout','hand/2',1795248300000,'','{"attempt":{"id":9,"task_id":8,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":9},"delivery":{"id":9,"task_id":8,"attempt_id":9,"round":1,"salvage":0,"session_id":2,"summary":"logout is done","critical":"{\"user\":\"logout\"}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"user\":\"ac35a14cb5d308c2\"}","revision":31,"created_ms":1795248300000}}');
INSERT INTO "event" VALUES(1,32,'claimed','reset','hand/2',1795248300000,'','{"attempt":{"id":10,"task_id":9,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,33,'finished','reset','hand/2',1795248300000,'','{"attempt":{"id":10,"task_id":9,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":10},"delivery":{"id":10,"task_id":9,"attempt_id":10,"round":1,"salvage":0,"session_id":2,"summary":"reset is done","critical":"{\"user\":\"reset\"}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"user\":\"1c7a1973504de9e9\"}","revision":33,"created_ms":1795248300000}}');
INSERT INTO "event" VALUES(1,34,'claimed','rights','hand/2',1795248300000,'','{"attempt":{"id":11,"task_id":10,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,35,'finished','rights','hand/2',1795248300000,'','{"attempt":{"id":11,"task_id":10,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":11},"delivery":{"id":11,"task_id":10,"attempt_id":11,"round":1,"salvage":0,"session_id":2,"summary":"rights is done","critical":"{\"user\":\"rights\"}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"user\":\"b5afc2fe3b783d57\"}","revision":35,"created_ms":1795248300000}}');
INSERT INTO "event" VALUES(1,36,'review_claimed','logout','judge/3',1795248300000,'','{"attempt":{"id":12,"task_id":8,"kind":"review","round":1,"number":1,"fence":2,"session_id":3,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,37,'approved','logout','judge/3',1795248300000,'','{"attempt":{"id":12,"task_id":8,"kind":"review","round":1,"number":1,"fence":2,"session_id":3,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"approved","reason":"","notes":"good","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,38,'review_claimed','reset','judge/3',1795248300000,'','{"attempt":{"id":13,"task_id":9,"kind":"review","round":1,"number":1,"fence":2,"session_id":3,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,39,'rejected','reset','judge/3',1795248300000,'mails are not sent','{"attempt":{"id":13,"task_id":9,"kind":"review","round":1,"number":1,"fence":2,"session_id":3,"started_ms":1795248300000,"ended_ms":1795248300000,"outcome":"rejected","reason":"mails are not sent","notes":"mails are not sent","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,40,'claimed','reset','hand/2',1795248300000,'','{"attempt":{"id":14,"task_id":9,"kind":"work","round":1,"number":1,"fence":3,"session_id":2,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,41,'noted','reset','hand/2',1795248300000,'','{}');
INSERT INTO "event" VALUES(1,42,'review_claimed','rights','judge/3',1795248300000,'','{"attempt":{"id":15,"task_id":10,"kind":"review","round":1,"number":1,"fence":2,"session_id":3,"started_ms":1795248300000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,43,'claimed','source','hand/2',1795248360000,'','{"attempt":{"id":16,"task_id":33,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,44,'finished','source','hand/2',1795248360000,'','{"attempt":{"id":16,"task_id":33,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":12},"delivery":{"id":12,"task_id":33,"attempt_id":16,"round":1,"salvage":0,"session_id":2,"summary":"source is done","critical":"{\"value\":1}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"6b86b273ff34fce1\"}","revision":44,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,45,'claimed','first-try','hand/2',1795248360000,'','{"attempt":{"id":17,"task_id":31,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,46,'finished','first-try','hand/2',1795248360000,'','{"attempt":{"id":17,"task_id":31,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":13},"delivery":{"id":13,"task_id":31,"attempt_id":17,"round":1,"salvage":0,"session_id":2,"summary":"first-try is done","critical":"{\"value\":\"x\"}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"ba2df4903a2c14e8\"}","revision":46,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,47,'claimed','reader','hand/2',1795248360000,'','{"attempt":{"id":18,"task_id":32,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,48,'finished','reader','hand/2',1795248360000,'','{"attempt":{"id":18,"task_id":32,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":14},"delivery":{"id":14,"task_id":32,"attempt_id":18,"round":1,"salvage":0,"session_id":2,"summary":"reader is done","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":48,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,49,'claimed','parked','hand/2',1795248360000,'','{"attempt":{"id":19,"task_id":34,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,50,'claimed','told','hand/2',1795248360000,'','{"attempt":{"id":20,"task_id":35,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,51,'reworked','source','local',1795248360000,'another value','{}');
INSERT INTO "event" VALUES(1,52,'finished','parked','hand/2',1795248360000,'','{"attempt":{"id":19,"task_id":34,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":15},"delivery":{"id":15,"task_id":34,"attempt_id":19,"round":1,"salvage":0,"session_id":2,"summary":"made of 1","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":52,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,53,'claimed','cache','hand/2',1795248360000,'','{"attempt":{"id":21,"task_id":13,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,54,'failed','cache','hand/2',1795248360000,'','{"attempt":{"id":21,"task_id":13,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"failed","reason":"no room","notes":"no room","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,55,'claimed','retry','hand/2',1795248360000,'','{"attempt":{"id":22,"task_id":14,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,56,'attempt_failed','retry','hand/2',1795248360000,'','{"attempt":{"id":22,"task_id":14,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"failed","reason":"try later","notes":"try later","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,57,'claimed','stuck','hand/2',1795248360000,'','{"attempt":{"id":23,"task_id":15,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,58,'blocked','stuck','hand/2',1795248360000,'which database?','{"attempt":{"id":23,"task_id":15,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"blocked","reason":"which database?","notes":"which database?","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,59,'claimed','given','hand/2',1795248360000,'','{"attempt":{"id":24,"task_id":19,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,60,'released','given','hand/2',1795248360000,'too hard for me','{"attempt":{"id":24,"task_id":19,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"released","reason":"too hard for me","notes":"too hard for me","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,61,'claimed','handed','hand/2',1795248360000,'','{"attempt":{"id":25,"task_id":20,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,62,'handed_off','handed','hand/2',1795248360000,'yours','{"attempt":{"id":25,"task_id":20,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"handoff","reason":"yours","notes":"yours","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,63,'released_from','after-dropped','local',1795248360000,'dropped was cancelled','{}');
INSERT INTO "event" VALUES(1,64,'cancelled','dropped','local',1795248360000,'not needed','{}');
INSERT INTO "event" VALUES(1,65,'added','','local',1795248360000,'','{"keys":["second-try"]}');
INSERT INTO "event" VALUES(1,66,'superseded','first-try','local',1795248360000,'by second-try','{}');
INSERT INTO "event" VALUES(1,67,'claimed','metrics','hand/2',1795248360000,'','{"attempt":{"id":26,"task_id":11,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,68,'finished','metrics','hand/2',1795248360000,'','{"attempt":{"id":26,"task_id":11,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795248360000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0, \"tokens\": 400}","delivery_id":16},"delivery":{"id":16,"task_id":11,"attempt_id":26,"round":1,"salvage":0,"session_id":2,"summary":"metrics is done","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":68,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,69,'done_by_hand','odd','local',1795248360000,'by hand','{"delivery":{"id":17,"task_id":18,"attempt_id":0,"round":1,"salvage":0,"session_id":0,"summary":"by hand","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":69,"created_ms":1795248360000}}');
INSERT INTO "event" VALUES(1,70,'done_by_hand','old-open','local',1795248360000,'','{}');
INSERT INTO "event" VALUES(1,71,'split','epic','lead/1',1795248390000,'','{"children":["epic-a","epic-b"]}');
INSERT INTO "event" VALUES(1,72,'claimed','epic-a','hand/2',1795248390000,'','{"attempt":{"id":27,"task_id":42,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,73,'finished','epic-a','hand/2',1795248390000,'','{"attempt":{"id":27,"task_id":42,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":18},"delivery":{"id":18,"task_id":42,"attempt_id":27,"round":1,"salvage":0,"session_id":2,"summary":"epic-a is done","critical":"{\"parts\":[\"a\"]}","artifacts":"[]","delivered":"{\"story\":\"the first part\"}","evidence":"{}","notes":"","changed":"[]","digests":"{\"parts\":\"0eb5b8d6f81bc677\"}","revision":73,"created_ms":1795248390000}}');
INSERT INTO "event" VALUES(1,74,'claimed','whole','lead/1',1795248390000,'','{"attempt":{"id":28,"task_id":26,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,75,'split','whole','lead/1',1795248390000,'','{"children":["whole-a","whole-b"],"attempt":{"id":28,"task_id":26,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"split","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,76,'claimed','whole-a','hand/2',1795248390000,'','{"attempt":{"id":29,"task_id":44,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,77,'finished','whole-a','hand/2',1795248390000,'','{"attempt":{"id":29,"task_id":44,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":19},"delivery":{"id":19,"task_id":44,"attempt_id":29,"round":1,"salvage":0,"session_id":2,"summary":"whole-a is done","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":77,"created_ms":1795248390000}}');
INSERT INTO "event" VALUES(1,78,'claimed','whole-b','hand/2',1795248390000,'','{"attempt":{"id":30,"task_id":45,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,79,'finished','whole-b','hand/2',1795248390000,'','{"attempt":{"id":30,"task_id":45,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":20},"delivery":{"id":20,"task_id":45,"attempt_id":30,"round":1,"salvage":0,"session_id":2,"summary":"whole-b is done","critical":"{\"last\":true}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"last\":\"b5bea41b6c623f7c\"}","revision":79,"created_ms":1795248390000}}');
INSERT INTO "event" VALUES(1,80,'parts_done','whole','hand/2',1795248390000,'','{}');
INSERT INTO "event" VALUES(1,81,'claimed','redone','hand/2',1795248390000,'','{"attempt":{"id":31,"task_id":29,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,82,'finished','redone','hand/2',1795248390000,'','{"attempt":{"id":31,"task_id":29,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":21},"delivery":{"id":21,"task_id":29,"attempt_id":31,"round":1,"salvage":0,"session_id":2,"summary":"redone is done","critical":"{\"value\":1}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"6b86b273ff34fce1\"}","revision":82,"created_ms":1795248390000}}');
INSERT INTO "event" VALUES(1,83,'reworked','redone','local',1795248390000,'in parts, please','{}');
INSERT INTO "event" VALUES(1,84,'split','redone','local',1795248390000,'','{"children":["redone-a"]}');
INSERT INTO "event" VALUES(1,85,'claimed','redone-a','hand/2',1795248390000,'','{"attempt":{"id":32,"task_id":46,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,86,'finished','redone-a','hand/2',1795248390000,'','{"attempt":{"id":32,"task_id":46,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":22},"delivery":{"id":22,"task_id":46,"attempt_id":32,"round":1,"salvage":0,"session_id":2,"summary":"redone-a is done","critical":"{\"value\":2}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"d4735e3a265e16ee\"}","revision":86,"created_ms":1795248390000}}');
INSERT INTO "event" VALUES(1,87,'parts_done','redone','hand/2',1795248390000,'','{}');
INSERT INTO "event" VALUES(1,88,'split','emptied','local',1795248390000,'','{"children":["emptied-a"]}');
INSERT INTO "event" VALUES(1,89,'cancelled','emptied-a','local',1795248390000,'','{}');
INSERT INTO "event" VALUES(1,90,'parts_cancelled','emptied','local',1795248390000,'','{}');
INSERT INTO "event" VALUES(1,91,'edited','bill','local',1795248390000,'','{}');
INSERT INTO "event" VALUES(1,92,'answered','stuck','local',1795248390000,'the one in the cellar','{}');
INSERT INTO "event" VALUES(1,93,'claimed','stuck','hand/2',1795248390000,'','{"attempt":{"id":33,"task_id":15,"kind":"work","round":2,"number":1,"fence":2,"session_id":2,"started_ms":1795248390000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,94,'blocked','stuck','hand/2',1795248390000,'it is locked','{"attempt":{"id":33,"task_id":15,"kind":"work","round":2,"number":1,"fence":2,"session_id":2,"started_ms":1795248390000,"ended_ms":1795248390000,"outcome":"blocked","reason":"it is locked","notes":"it is locked","cost":"{\"minutes\": 0.0}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,95,'told','','lead/1',1795248450000,'','{"to":"all","topic":"day","text":"Stand-up at nine."}');
INSERT INTO "event" VALUES(1,96,'told','login','lead/1',1795248450000,'','{"to":"agent:judge","topic":"","text":"the password is [redacted]"}');
INSERT INTO "event" VALUES(1,97,'told','','judge/3',1795248450000,'','{"to":"planners","topic":"","text":"more reviews?"}');
INSERT INTO "event" VALUES(1,98,'told','','local',1795248450000,'','{"to":"workers:python","topic":"","text":"use ruff"}');
INSERT INTO "event" VALUES(1,99,'redacted','','local',1795248450000,'a password','{"rows":2}');
INSERT INTO "event" VALUES(1,100,'paused','','local',1795248450000,'lunch','{"paused":1}');
INSERT INTO "event" VALUES(1,101,'resumed','','local',1795248450000,'','{"paused":0}');
INSERT INTO "event" VALUES(1,102,'backoff_over','retry','headwater',1795248450000,'','{}');
INSERT INTO "event" VALUES(1,103,'claimed','late','hand/2',1795248450000,'','{"attempt":{"id":34,"task_id":21,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248450000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,104,'released','late','local',1795248450000,'released by a person','{"attempt":{"id":34,"task_id":21,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248450000,"ended_ms":1795248450000,"outcome":"released_by_person","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,105,'salvaged','late','hand/2',1795248450000,'','{"attempt":{"id":34,"task_id":21,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248450000,"ended_ms":1795248450000,"outcome":"released_by_person","reason":"","notes":"","cost":"{}","delivery_id":23},"delivery":{"id":23,"task_id":21,"attempt_id":34,"round":1,"salvage":1,"session_id":2,"summary":"too late","critical":"{\"kept\":1}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"kept\":\"6b86b273ff34fce1\"}","revision":105,"created_ms":1795248450000}}');
INSERT INTO "event" VALUES(1,106,'claimed','quiet','hand/2',1795248450000,'','{"attempt":{"id":35,"task_id":23,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248450000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,107,'noted','quiet','hand/2',1795248450000,'','{}');
INSERT INTO "event" VALUES(1,108,'expired','reset','headwater',1795252650000,'','{"attempt":{"id":14,"task_id":9,"kind":"work","round":1,"number":1,"fence":3,"session_id":2,"started_ms":1795248300000,"ended_ms":1795252650000,"outcome":"expired","reason":"the lease ran out","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,109,'expired','told','headwater',1795252650000,'','{"attempt":{"id":20,"task_id":35,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248360000,"ended_ms":1795252650000,"outcome":"expired","reason":"the lease ran out","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,110,'expired','quiet','headwater',1795252650000,'','{"attempt":{"id":35,"task_id":23,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795248450000,"ended_ms":1795252650000,"outcome":"expired","reason":"the lease ran out","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,111,'claimed','slow','lead/1',1795334850000,'','{"attempt":{"id":36,"task_id":22,"kind":"work","round":1,"number":1,"fence":1,"session_id":1,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,112,'claimed','fact','hand/2',1795334850000,'','{"attempt":{"id":37,"task_id":36,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,113,'finished','fact','hand/2',1795334850000,'','{"attempt":{"id":37,"task_id":36,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795334850000,"ended_ms":1795334850000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":24},"delivery":{"id":24,"task_id":36,"attempt_id":37,"round":1,"salvage":0,"session_id":2,"summary":"fact is done","critical":"{\"value\":1}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"6b86b273ff34fce1\"}","revision":113,"created_ms":1795334850000}}');
INSERT INTO "event" VALUES(1,114,'claimed','teller','hand/2',1795334850000,'','{"attempt":{"id":38,"task_id":37,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,115,'reworked','fact','local',1795334850000,'that is wrong','{}');
INSERT INTO "event" VALUES(1,116,'claimed','fact','judge/3',1795334850000,'','{"attempt":{"id":39,"task_id":36,"kind":"work","round":2,"number":1,"fence":2,"session_id":3,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,117,'finished','fact','judge/3',1795334850000,'','{"attempt":{"id":39,"task_id":36,"kind":"work","round":2,"number":1,"fence":2,"session_id":3,"started_ms":1795334850000,"ended_ms":1795334850000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":25},"delivery":{"id":25,"task_id":36,"attempt_id":39,"round":2,"salvage":0,"session_id":3,"summary":"fact is done","critical":"{\"value\":2}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{\"value\":\"d4735e3a265e16ee\"}","revision":117,"created_ms":1795334850000}}');
INSERT INTO "event" VALUES(1,118,'claimed','given','hand/2',1795334850000,'','{"attempt":{"id":40,"task_id":19,"kind":"work","round":1,"number":1,"fence":2,"session_id":2,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(1,119,'finished','given','hand/2',1795334850000,'','{"attempt":{"id":40,"task_id":19,"kind":"work","round":1,"number":1,"fence":2,"session_id":2,"started_ms":1795334850000,"ended_ms":1795334850000,"outcome":"done","reason":"","notes":"","cost":"{\"minutes\": 0.0}","delivery_id":26},"delivery":{"id":26,"task_id":19,"attempt_id":40,"round":1,"salvage":0,"session_id":2,"summary":"given back","critical":"{}","artifacts":"[]","delivered":"{}","evidence":"{}","notes":"","changed":"[]","digests":"{}","revision":119,"created_ms":1795334850000}}');
INSERT INTO "event" VALUES(1,120,'claimed','bill','hand/2',1795334850000,'','{"attempt":{"id":41,"task_id":12,"kind":"work","round":1,"number":1,"fence":1,"session_id":2,"started_ms":1795334850000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(2,1,'added','','local',1795334855000,'','{"keys":["one","two","three"]}');
INSERT INTO "event" VALUES(2,2,'joined','','left/4',1795334855000,'','{"session":4,"agent":"left"}');
INSERT INTO "event" VALUES(2,3,'claimed','one','left/4',1795334855000,'','{"attempt":{"id":42,"task_id":48,"kind":"work","round":1,"number":1,"fence":1,"session_id":4,"started_ms":1795334855000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
INSERT INTO "event" VALUES(2,4,'joined','','right/5',1795334855000,'','{"session":5,"agent":"right"}');
INSERT INTO "event" VALUES(2,5,'claimed','two','right/5',1795334855000,'','{"attempt":{"id":43,"task_id":49,"kind":"work","round":1,"number":1,"fence":1,"session_id":5,"started_ms":1795334855000,"ended_ms":0,"outcome":"","reason":"","notes":"","cost":"{}","delivery_id":0}}');
CREATE TABLE idempotency (
	scope TEXT NOT NULL, 
	request TEXT NOT NULL, 
	arguments TEXT DEFAULT '' NOT NULL, 
	reply TEXT DEFAULT '' NOT NULL, 
	at_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_idempotency PRIMARY KEY (scope, request)
);
INSERT INTO "idempotency" VALUES('1:local:s-b7WxzXc1m_BkD__8:add','plan-1','c61be7445e2b714b3825314eff4a8967','{"tasks":[{"key":"design","state":"ready"},{"key":"api","state":"waiting"},{"key":"docs","state":"ready"},{"key":"guide","state":"waiting"},{"key":"ui","state":"waiting"},{"key":"release","state":"waiting"}],"edges":["api needs design","docs needs design (soft)","guide needs api (soft)","guide needs docs","ui needs api","release needs ui","release needs guide"],"revision":5,"next":"read the edges; claim(session) hands out what is ready"}',1795248000000);
INSERT INTO "idempotency" VALUES('1:local:s-VBKckmMelfIqZ0Pr:claim','claim-api','37516227dddc0a98befdfa2bc177534a','{"task":"api","spec":"Build it.","paths":["src/api/**","docs/api.md"],"kind":"work","round":1,"attempt":1,"attempts":3,"estimate":60.0,"lease":"044a3c67ee94cbeb2fb08df3f260e03c","fence":1,"expires_in_s":3600,"why":"you asked for it","upstream":[{"task":"design","title":"Design the API","distance":1,"expect":"the endpoints","promise":"their names","keys":["endpoints"],"delivered":"a and b","summary":"design is done","critical":{"endpoints":["a","b"]},"artifacts":[{"name":"sketch","hash":"4cd31ed836993286d29bde36772eb9eca80919c1b04f8d4dd9dff7681ba7429d","bytes":280},{"name":"schema","path":"docs/api.md"},{"name":"page","uri":"https://example.com/design"}],"by":"lead/1"}],"owes":[],"revision":12,"next":"work on it; check(lease) now and then; finish(lease, ...) ends it"}',1795248060000);
INSERT INTO "idempotency" VALUES('1:local:s-b7WxzXc1m_BkD__8:split','split-1','0b36f0ba92db63ab896b3a039532194d','{"task":"epic","state":"split","children":[{"key":"epic-a","state":"ready"},{"key":"epic-b","state":"waiting"}],"edges":["epic-a needs design","epic-b needs epic-a","epic-b needs design","story is answered by epic-a"],"revision":71,"next":"claim(session) hands out the children that are ready"}',1795248390000);
INSERT INTO "idempotency" VALUES('1:local:s-b7WxzXc1m_BkD__8:tell','tell-1','30d5cab4c3a4840ef2b31d3229ffd39e','{"id":11,"to":"all","revision":95,"next":"they read it at their next check"}',1795248450000);
INSERT INTO "idempotency" VALUES('1:local:s-b7WxzXc1m_BkD__8:claim','claim-slow','99c88d4ff2d3d6b773ae4d3b25c719bd','{"task":"slow","paths":["Src/Slow/*.py","shared/"],"kind":"work","round":1,"attempt":1,"attempts":3,"lease":"8d63410bd043d3ae04b27d40a3469fd8","fence":1,"expires_in_s":3600,"why":"you asked for it","upstream":[],"owes":[],"revision":111,"next":"work on it; check(lease) now and then; finish(lease, ...) ends it"}',1795334850000);
INSERT INTO "idempotency" VALUES('1:local:s-VBKckmMelfIqZ0Pr:claim','claim-given','a22f6ab99483ab44e8094e3bd52ac2fb','{"task":"given","kind":"work","round":1,"attempt":1,"attempts":3,"lease":"a05b5b8686e03f7efaaf326696e89234","fence":2,"expires_in_s":3600,"why":"you asked for it","upstream":[],"owes":[],"tried":[{"outcome":"released","by":"hand/2","reason":"too hard for me","notes":"too hard for me"}],"revision":118,"next":"work on it; check(lease) now and then; finish(lease, ...) ends it"}',1795334850000);
CREATE TABLE image (
	task_id INTEGER NOT NULL, 
	aspect TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	board_id INTEGER DEFAULT 0 NOT NULL, 
	image TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_image PRIMARY KEY (task_id, aspect, revision)
);
INSERT INTO "image" VALUES(1,'spec',5,1,'{"key":"design","title":"Design the API","priority":2,"estimate_ms":1800000,"spec":"Three endpoints.","acceptance":"[\"endpoints are named\",\"errors are named\"]"}');
INSERT INTO "image" VALUES(1,'state',5,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(2,'spec',5,1,'{"key":"api","estimate_ms":3600000,"spec":"Build it.","paths":"[\"src/api/**\",\"docs/api.md\"]"}');
INSERT INTO "image" VALUES(2,'state',5,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(2,'edges',5,1,'[[1,"hard","the endpoints","their names","[\"endpoints\"]"]]');
INSERT INTO "image" VALUES(3,'spec',5,1,'{"key":"docs","paths":"[\"docs/\"]"}');
INSERT INTO "image" VALUES(3,'state',5,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(3,'edges',5,1,'[[1,"soft","","","[]"]]');
INSERT INTO "image" VALUES(4,'spec',5,1,'{"key":"guide"}');
INSERT INTO "image" VALUES(4,'state',5,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(4,'edges',5,1,'[[2,"soft","","","[]"],[3,"hard","","","[]"]]');
INSERT INTO "image" VALUES(5,'spec',5,1,'{"key":"ui","capabilities":"[\"web\"]","grouping":"front"}');
INSERT INTO "image" VALUES(5,'state',5,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(5,'edges',5,1,'[[2,"hard","","","[]"]]');
INSERT INTO "image" VALUES(6,'spec',5,1,'{"key":"release","review":1}');
INSERT INTO "image" VALUES(6,'state',5,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(6,'edges',5,1,'[[4,"hard","","","[]"],[5,"hard","","","[]"]]');
INSERT INTO "image" VALUES(7,'spec',6,1,'{"key":"login","review":1,"acceptance":"[\"it logs in\"]"}');
INSERT INTO "image" VALUES(7,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(8,'spec',6,1,'{"key":"logout","review":1}');
INSERT INTO "image" VALUES(8,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(9,'spec',6,1,'{"key":"reset","review":1}');
INSERT INTO "image" VALUES(9,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(10,'spec',6,1,'{"key":"rights","review":1}');
INSERT INTO "image" VALUES(10,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(11,'spec',6,1,'{"key":"metrics","grouping":"back","budget":"{\"minutes\":5.0,\"tokens\":1000}"}');
INSERT INTO "image" VALUES(11,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(12,'spec',6,1,'{"key":"bill","budget":"{\"usd\":1.5}"}');
INSERT INTO "image" VALUES(12,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(13,'spec',6,1,'{"key":"cache","attempts":1}');
INSERT INTO "image" VALUES(13,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(14,'spec',6,1,'{"key":"retry"}');
INSERT INTO "image" VALUES(14,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(15,'spec',6,1,'{"key":"stuck"}');
INSERT INTO "image" VALUES(15,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(16,'spec',6,1,'{"key":"dropped"}');
INSERT INTO "image" VALUES(16,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(17,'spec',6,1,'{"key":"after-dropped"}');
INSERT INTO "image" VALUES(17,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(17,'edges',6,1,'[[16,"hard","","","[]"]]');
INSERT INTO "image" VALUES(18,'spec',6,1,'{"key":"odd","paths":"[\"lib/*.py\"]"}');
INSERT INTO "image" VALUES(18,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(19,'spec',6,1,'{"key":"given"}');
INSERT INTO "image" VALUES(19,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(20,'spec',6,1,'{"key":"handed"}');
INSERT INTO "image" VALUES(20,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(21,'spec',6,1,'{"key":"late"}');
INSERT INTO "image" VALUES(21,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(22,'spec',6,1,'{"key":"slow","paths":"[\"Src/Slow/*.py\",\"shared/\"]"}');
INSERT INTO "image" VALUES(22,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(23,'spec',6,1,'{"key":"quiet","paths":"[\"**\"]"}');
INSERT INTO "image" VALUES(23,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(24,'spec',6,1,'{"key":"epic","estimate_ms":5400000}');
INSERT INTO "image" VALUES(24,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(24,'edges',6,1,'[[1,"hard","","","[]"]]');
INSERT INTO "image" VALUES(25,'spec',6,1,'{"key":"story"}');
INSERT INTO "image" VALUES(25,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(25,'edges',6,1,'[[24,"hard","","the parts","[\"parts\"]"]]');
INSERT INTO "image" VALUES(26,'spec',6,1,'{"key":"whole"}');
INSERT INTO "image" VALUES(26,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(27,'spec',6,1,'{"key":"after-whole"}');
INSERT INTO "image" VALUES(27,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(27,'edges',6,1,'[[26,"hard","","","[]"]]');
INSERT INTO "image" VALUES(28,'spec',6,1,'{"key":"emptied"}');
INSERT INTO "image" VALUES(28,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(29,'spec',6,1,'{"key":"redone"}');
INSERT INTO "image" VALUES(29,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(30,'spec',6,1,'{"key":"after-redone"}');
INSERT INTO "image" VALUES(30,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(30,'edges',6,1,'[[29,"hard","","","[]"]]');
INSERT INTO "image" VALUES(31,'spec',6,1,'{"key":"first-try"}');
INSERT INTO "image" VALUES(31,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(32,'spec',6,1,'{"key":"reader"}');
INSERT INTO "image" VALUES(32,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(32,'edges',6,1,'[[31,"hard","","","[]"]]');
INSERT INTO "image" VALUES(33,'spec',6,1,'{"key":"source"}');
INSERT INTO "image" VALUES(33,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(34,'spec',6,1,'{"key":"parked"}');
INSERT INTO "image" VALUES(34,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(34,'edges',6,1,'[[33,"hard","","","[]"]]');
INSERT INTO "image" VALUES(35,'spec',6,1,'{"key":"told"}');
INSERT INTO "image" VALUES(35,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(35,'edges',6,1,'[[33,"hard","","","[]"]]');
INSERT INTO "image" VALUES(36,'spec',6,1,'{"key":"fact"}');
INSERT INTO "image" VALUES(36,'state',6,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(37,'spec',6,1,'{"key":"teller"}');
INSERT INTO "image" VALUES(37,'state',6,1,'{"state":"waiting","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(37,'edges',6,1,'[[36,"hard","","","[]"]]');
INSERT INTO "image" VALUES(38,'spec',7,1,'{"key":"old-done"}');
INSERT INTO "image" VALUES(38,'state',7,1,'{"state":"done","round":1,"delivery_id":1,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(38,'talk',7,1,'{"note":"by hand"}');
INSERT INTO "image" VALUES(39,'spec',7,1,'{"key":"old-failed"}');
INSERT INTO "image" VALUES(39,'state',7,1,'{"state":"failed","round":1,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(39,'edges',7,1,'[[38,"hard","","","[]"]]');
INSERT INTO "image" VALUES(40,'spec',7,1,'{"key":"old-open"}');
INSERT INTO "image" VALUES(40,'state',7,1,'{"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(40,'edges',7,1,'[[38,"hard","","","[]"]]');
INSERT INTO "image" VALUES(1,'state',8,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":1,"attempt_id":1,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(1,'state',9,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":1,"delivery_id":2,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(2,'state',9,1,'{"state":"ready","ready_ms":1795248060000}');
INSERT INTO "image" VALUES(24,'state',9,1,'{"state":"ready","ready_ms":1795248060000}');
INSERT INTO "image" VALUES(3,'state',10,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":2,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(3,'state',11,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":2,"delivery_id":3,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(4,'state',11,1,'{"state":"ready","ready_ms":1795248060000}');
INSERT INTO "image" VALUES(2,'state',12,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":3,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(2,'state',13,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":3,"progress":50,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(2,'talk',13,1,'{"note":"half way"}');
INSERT INTO "image" VALUES(2,'state',14,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":3,"delivery_id":4,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(5,'state',14,1,'{"state":"ready","ready_ms":1795248060000}');
INSERT INTO "image" VALUES(24,'state',15,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":4,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(24,'state',16,1,'{"state":"ready","round":1,"fence":1,"releases":1,"attempt_id":4,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(5,'state',17,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":1,"attempt_id":5,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(5,'state',18,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":5,"delivery_id":5,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(4,'state',19,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":1,"attempt_id":6,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(4,'state',20,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":6,"delivery_id":6,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(6,'state',20,1,'{"state":"ready","ready_ms":1795248180000}');
INSERT INTO "image" VALUES(1,'talk',21,1,'{"feedback":"[{\"by\":\"lead/1\",\"text\":\"name them better\",\"at_ms\":1795248180000}]"}');
INSERT INTO "image" VALUES(1,'state',21,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":1,"delivery_id":2,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(24,'state',21,1,'{"state":"waiting","round":1,"fence":1,"releases":1,"attempt_id":4,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(1,'state',22,1,'{"state":"active","round":2,"attempt":1,"fence":2,"reworks":1,"session_id":1,"attempt_id":7,"delivery_id":2,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(1,'state',23,1,'{"state":"done","round":2,"attempt":1,"fence":2,"reworks":1,"attempt_id":7,"delivery_id":7,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(2,'talk',24,1,'{"feedback":"[{\"by\":\"headwater\",\"text\":\"design was reworked: endpoints, text\",\"at_ms\":1795248180000}]","note":"half way"}');
INSERT INTO "image" VALUES(2,'state',24,1,'{"state":"waiting","round":2,"fence":1,"reworks":1,"attempt_id":3,"delivery_id":4,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(3,'talk',25,1,'{"feedback":"[{\"by\":\"headwater\",\"text\":\"design was reworked: artifact:page, artifact:schema, artifact:sketch, endpoints, text\",\"at_ms\":1795248180000}]"}');
INSERT INTO "image" VALUES(3,'state',25,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":2,"delivery_id":3,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(4,'talk',26,1,'{"feedback":"[{\"by\":\"headwater\",\"text\":\"design was reworked: endpoints\",\"at_ms\":1795248180000}]"}');
INSERT INTO "image" VALUES(4,'state',26,1,'{"state":"waiting","round":2,"fence":1,"reworks":1,"attempt_id":6,"delivery_id":6,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(6,'state',26,1,'{"state":"waiting","ready_ms":1795248180000}');
INSERT INTO "image" VALUES(5,'talk',27,1,'{"feedback":"[{\"by\":\"headwater\",\"text\":\"design was reworked: endpoints\",\"at_ms\":1795248180000}]"}');
INSERT INTO "image" VALUES(5,'state',27,1,'{"state":"waiting","round":2,"fence":1,"reworks":1,"attempt_id":5,"delivery_id":5,"ready_ms":1795248060000}');
INSERT INTO "image" VALUES(2,'state',27,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":3,"delivery_id":4,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(24,'state',27,1,'{"state":"ready","round":1,"fence":1,"releases":1,"attempt_id":4,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(7,'state',28,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":8,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(7,'state',29,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":1,"attempt_id":8,"delivery_id":8,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(8,'state',30,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":9,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(8,'state',31,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":1,"attempt_id":9,"delivery_id":9,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(9,'state',32,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":10,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(9,'state',33,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":1,"attempt_id":10,"delivery_id":10,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(10,'state',34,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":11,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(10,'state',35,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":1,"attempt_id":11,"delivery_id":11,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(8,'state',36,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":2,"session_id":3,"attempt_id":12,"delivery_id":9,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(8,'state',37,1,'{"state":"done","round":1,"attempt":1,"fence":2,"attempt_id":12,"delivery_id":9,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(9,'state',38,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":2,"session_id":3,"attempt_id":13,"delivery_id":10,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(9,'talk',39,1,'{"feedback":"[{\"by\":\"judge/3\",\"text\":\"mails are not sent\",\"at_ms\":1795248300000}]"}');
INSERT INTO "image" VALUES(9,'state',39,1,'{"state":"ready","round":1,"fence":2,"attempt_id":13,"ready_ms":1795248300000}');
INSERT INTO "image" VALUES(9,'state',40,1,'{"state":"active","round":1,"attempt":1,"fence":3,"session_id":2,"attempt_id":14,"ready_ms":1795248300000}');
INSERT INTO "image" VALUES(9,'state',41,1,'{"state":"active","round":1,"attempt":1,"fence":3,"session_id":2,"attempt_id":14,"progress":80,"ready_ms":1795248300000}');
INSERT INTO "image" VALUES(9,'talk',41,1,'{"feedback":"[{\"by\":\"judge/3\",\"text\":\"mails are not sent\",\"at_ms\":1795248300000}]","note":"mails go out"}');
INSERT INTO "image" VALUES(10,'state',42,1,'{"state":"review","gate":"review","round":1,"attempt":1,"fence":2,"session_id":3,"attempt_id":15,"delivery_id":11,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(33,'state',43,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":16,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(33,'state',44,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":16,"delivery_id":12,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(34,'state',44,1,'{"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(35,'state',44,1,'{"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(31,'state',45,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":17,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(31,'state',46,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":17,"delivery_id":13,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(32,'state',46,1,'{"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(32,'state',47,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":18,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(32,'state',48,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":18,"delivery_id":14,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(34,'state',49,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":19,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(35,'state',50,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":20,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(33,'talk',51,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"another value\",\"at_ms\":1795248360000}]"}');
INSERT INTO "image" VALUES(33,'state',51,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":16,"delivery_id":12,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(34,'state',52,1,'{"state":"review","gate":"inputs","round":1,"attempt":1,"fence":1,"attempt_id":19,"delivery_id":15,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(13,'state',53,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":21,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(13,'state',54,1,'{"state":"failed","round":1,"attempt":1,"fence":1,"attempt_id":21,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(14,'state',55,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":22,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(14,'state',56,1,'{"state":"ready","round":1,"attempt":1,"fence":1,"attempt_id":22,"due_ms":1795248409710,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(15,'state',57,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":23,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(15,'talk',58,1,'{"question":"which database?"}');
INSERT INTO "image" VALUES(15,'state',58,1,'{"state":"held","round":1,"attempt":1,"fence":1,"attempt_id":23,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(19,'state',59,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":24,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(19,'state',60,1,'{"state":"ready","round":1,"fence":1,"releases":1,"attempt_id":24,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(20,'state',61,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":25,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(20,'talk',62,1,'{"note":"yours"}');
INSERT INTO "image" VALUES(20,'state',62,1,'{"state":"ready","round":1,"fence":1,"attempt_id":25,"handoff":"judge","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(17,'edges',63,1,'[]');
INSERT INTO "image" VALUES(17,'state',63,1,'{"version":2,"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(17,'talk',63,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"Upstream dropped was cancelled: not needed\",\"at_ms\":1795248360000}]"}');
INSERT INTO "image" VALUES(16,'state',64,1,'{"state":"cancelled","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(41,'spec',65,1,'{"key":"second-try"}');
INSERT INTO "image" VALUES(41,'state',65,1,'{"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(32,'edges',66,1,'[[41,"hard","","","[]"]]');
INSERT INTO "image" VALUES(32,'state',66,1,'{"version":2,"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":18,"delivery_id":14,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(41,'edges',66,1,'[[31,"soft","","","[]"]]');
INSERT INTO "image" VALUES(41,'state',66,1,'{"state":"ready","ready_ms":1795248360000}');
INSERT INTO "image" VALUES(31,'spec',66,1,'{"key":"first-try","superseded_by_id":41}');
INSERT INTO "image" VALUES(31,'state',66,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":17,"delivery_id":13,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(41,'spec',66,1,'{"key":"second-try","supersedes_id":31}');
INSERT INTO "image" VALUES(11,'state',67,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":26,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(11,'state',68,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":26,"delivery_id":16,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(18,'state',69,1,'{"state":"done","round":1,"delivery_id":17,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(40,'state',70,1,'{"state":"done","round":1,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(42,'spec',71,1,'{"key":"epic-a","estimate_ms":1200000,"parent_id":24}');
INSERT INTO "image" VALUES(42,'state',71,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(42,'edges',71,1,'[[1,"hard","","","[]"]]');
INSERT INTO "image" VALUES(43,'spec',71,1,'{"key":"epic-b","estimate_ms":2400000,"parent_id":24}');
INSERT INTO "image" VALUES(43,'state',71,1,'{"state":"waiting","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(43,'edges',71,1,'[[1,"hard","","","[]"],[42,"hard","","","[]"]]');
INSERT INTO "image" VALUES(25,'edges',71,1,'[[24,"hard","","the parts","[\"parts\"]"],[42,"answers","","the parts","[\"parts\"]"]]');
INSERT INTO "image" VALUES(24,'state',71,1,'{"version":2,"state":"split","round":1,"fence":1,"releases":1,"attempt_id":4,"ready_ms":1795248180000}');
INSERT INTO "image" VALUES(24,'edges',71,1,'[[1,"hard","","","[]"],[42,"part","","","[]"],[43,"part","","","[]"]]');
INSERT INTO "image" VALUES(42,'state',72,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":27,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(42,'state',73,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":27,"delivery_id":18,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(43,'state',73,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(26,'state',74,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":1,"attempt_id":28,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(44,'spec',75,1,'{"key":"whole-a","parent_id":26}');
INSERT INTO "image" VALUES(44,'state',75,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(45,'spec',75,1,'{"key":"whole-b","parent_id":26}');
INSERT INTO "image" VALUES(45,'state',75,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(26,'state',75,1,'{"version":2,"state":"split","round":1,"attempt":1,"fence":1,"attempt_id":28,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(26,'edges',75,1,'[[44,"part","","","[]"],[45,"part","","","[]"]]');
INSERT INTO "image" VALUES(44,'state',76,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":29,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(44,'state',77,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":29,"delivery_id":19,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(45,'state',78,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":30,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(45,'state',79,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":30,"delivery_id":20,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(26,'state',80,1,'{"version":2,"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":28,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(27,'state',80,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(29,'state',81,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":31,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(29,'state',82,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":31,"delivery_id":21,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(30,'state',82,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(29,'talk',83,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"in parts, please\",\"at_ms\":1795248390000}]"}');
INSERT INTO "image" VALUES(29,'state',83,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":31,"delivery_id":21,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(30,'state',83,1,'{"state":"waiting","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(46,'spec',84,1,'{"key":"redone-a","parent_id":29}');
INSERT INTO "image" VALUES(46,'state',84,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(46,'talk',84,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"in parts, please\",\"at_ms\":1795248390000}]"}');
INSERT INTO "image" VALUES(29,'state',84,1,'{"version":2,"state":"split","round":2,"fence":1,"reworks":1,"attempt_id":31,"delivery_id":21,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(29,'edges',84,1,'[[46,"part","","","[]"]]');
INSERT INTO "image" VALUES(46,'state',85,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":32,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(46,'state',86,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":32,"delivery_id":22,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(29,'state',87,1,'{"version":2,"state":"done","round":2,"fence":1,"reworks":1,"attempt_id":31,"delivery_id":21,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(30,'state',87,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(47,'spec',88,1,'{"key":"emptied-a","parent_id":28}');
INSERT INTO "image" VALUES(47,'state',88,1,'{"state":"ready","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(28,'state',88,1,'{"version":2,"state":"split","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(28,'edges',88,1,'[[47,"part","","","[]"]]');
INSERT INTO "image" VALUES(47,'state',89,1,'{"state":"cancelled","ready_ms":1795248390000}');
INSERT INTO "image" VALUES(28,'talk',90,1,'{"question":"Every part was cancelled."}');
INSERT INTO "image" VALUES(28,'state',90,1,'{"version":2,"state":"held","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(12,'edges',91,1,'[[11,"soft","","","[]"]]');
INSERT INTO "image" VALUES(12,'spec',91,1,'{"key":"bill","priority":3,"spec":"Send bills.","budget":"{\"usd\":1.5}"}');
INSERT INTO "image" VALUES(12,'state',91,1,'{"version":2,"state":"ready","ready_ms":1795248000000}');
INSERT INTO "image" VALUES(15,'talk',92,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"the one in the cellar\",\"at_ms\":1795248390000}]"}');
INSERT INTO "image" VALUES(15,'state',92,1,'{"state":"ready","round":2,"fence":1,"attempt_id":23,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(15,'state',93,1,'{"state":"active","round":2,"attempt":1,"fence":2,"session_id":2,"attempt_id":33,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(15,'talk',94,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"the one in the cellar\",\"at_ms\":1795248390000}]","question":"it is locked"}');
INSERT INTO "image" VALUES(15,'state',94,1,'{"state":"held","round":2,"attempt":1,"fence":2,"attempt_id":33,"ready_ms":1795248390000}');
INSERT INTO "image" VALUES(14,'state',102,1,'{"state":"ready","round":1,"attempt":1,"fence":1,"attempt_id":22,"ready_ms":1795248450000}');
INSERT INTO "image" VALUES(21,'state',103,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":34,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(21,'state',104,1,'{"state":"ready","round":1,"fence":1,"attempt_id":34,"ready_ms":1795248450000}');
INSERT INTO "image" VALUES(23,'state',106,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":35,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(23,'talk',107,1,'{"note":"looking around"}');
INSERT INTO "image" VALUES(9,'state',108,1,'{"state":"ready","round":1,"attempt":1,"fence":3,"lapsed_session_id":2,"attempt_id":14,"ready_ms":1795252650000}');
INSERT INTO "image" VALUES(35,'state',109,1,'{"state":"waiting","round":1,"attempt":1,"fence":1,"lapsed_session_id":2,"attempt_id":20,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(23,'state',110,1,'{"state":"ready","round":1,"attempt":1,"fence":1,"lapsed_session_id":2,"attempt_id":35,"ready_ms":1795252650000}');
INSERT INTO "image" VALUES(22,'state',111,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":1,"attempt_id":36,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(36,'state',112,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":37,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(36,'state',113,1,'{"state":"done","round":1,"attempt":1,"fence":1,"attempt_id":37,"delivery_id":24,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(37,'state',113,1,'{"state":"ready","ready_ms":1795334850000}');
INSERT INTO "image" VALUES(37,'state',114,1,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":38,"ready_ms":1795334850000}');
INSERT INTO "image" VALUES(36,'talk',115,1,'{"feedback":"[{\"by\":\"local\",\"text\":\"that is wrong\",\"at_ms\":1795334850000}]"}');
INSERT INTO "image" VALUES(36,'state',115,1,'{"state":"ready","round":2,"fence":1,"reworks":1,"attempt_id":37,"delivery_id":24,"ready_ms":1795334850000}');
INSERT INTO "image" VALUES(36,'state',116,1,'{"state":"active","round":2,"attempt":1,"fence":2,"reworks":1,"session_id":3,"attempt_id":39,"delivery_id":24,"ready_ms":1795334850000}');
INSERT INTO "image" VALUES(36,'state',117,1,'{"state":"done","round":2,"attempt":1,"fence":2,"reworks":1,"attempt_id":39,"delivery_id":25,"ready_ms":1795334850000}');
INSERT INTO "image" VALUES(19,'state',118,1,'{"state":"active","round":1,"attempt":1,"fence":2,"releases":1,"session_id":2,"attempt_id":40,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(19,'state',119,1,'{"state":"done","round":1,"attempt":1,"fence":2,"releases":1,"attempt_id":40,"delivery_id":26,"ready_ms":1795248360000}');
INSERT INTO "image" VALUES(12,'state',120,1,'{"version":2,"state":"active","round":1,"attempt":1,"fence":1,"session_id":2,"attempt_id":41,"ready_ms":1795248000000}');
INSERT INTO "image" VALUES(48,'spec',1,2,'{"key":"one","paths":"[\"a/\"]"}');
INSERT INTO "image" VALUES(48,'state',1,2,'{"state":"ready","ready_ms":1795334855000}');
INSERT INTO "image" VALUES(49,'spec',1,2,'{"key":"two","paths":"[\"b/\"]"}');
INSERT INTO "image" VALUES(49,'state',1,2,'{"state":"ready","ready_ms":1795334855000}');
INSERT INTO "image" VALUES(50,'spec',1,2,'{"key":"three"}');
INSERT INTO "image" VALUES(50,'state',1,2,'{"state":"waiting","ready_ms":1795334855000}');
INSERT INTO "image" VALUES(50,'edges',1,2,'[[48,"hard","","","[]"],[49,"hard","","","[]"]]');
INSERT INTO "image" VALUES(48,'state',3,2,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":4,"attempt_id":42,"ready_ms":1795334855000}');
INSERT INTO "image" VALUES(49,'state',5,2,'{"state":"active","round":1,"attempt":1,"fence":1,"session_id":5,"attempt_id":43,"ready_ms":1795334855000}');
CREATE TABLE lane (
	board_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	CONSTRAINT pk_lane PRIMARY KEY (board_id, name)
);
INSERT INTO "lane" VALUES(1,'');
INSERT INTO "lane" VALUES(1,'web');
INSERT INTO "lane" VALUES(2,'');
CREATE TABLE meta (
	name TEXT NOT NULL, 
	value TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_meta PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('secret','91df5949526837ead15d83827372e0a33a82bf1556b14b6217c6e41804f99d72');
INSERT INTO "meta" VALUES('now_ms','1795334855000');
CREATE TABLE notice (
	id INTEGER NOT NULL, 
	board_id INTEGER DEFAULT 0 NOT NULL, 
	target TEXT DEFAULT '' NOT NULL, 
	kind TEXT DEFAULT '' NOT NULL, 
	task TEXT DEFAULT '' NOT NULL, 
	topic TEXT DEFAULT '' NOT NULL, 
	"by" TEXT DEFAULT '' NOT NULL, 
	body TEXT DEFAULT '' NOT NULL, 
	data TEXT DEFAULT '{}' NOT NULL, 
	revision INTEGER DEFAULT 0 NOT NULL, 
	at_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_notice PRIMARY KEY (id)
);
INSERT INTO "notice" VALUES(1,1,'reviewers','review_ready','login','','hand/2','','{}',29,1795248300000);
INSERT INTO "notice" VALUES(2,1,'reviewers','review_ready','logout','','hand/2','','{}',31,1795248300000);
INSERT INTO "notice" VALUES(3,1,'reviewers','review_ready','reset','','hand/2','','{}',33,1795248300000);
INSERT INTO "notice" VALUES(4,1,'reviewers','review_ready','rights','','hand/2','','{}',35,1795248300000);
INSERT INTO "notice" VALUES(5,1,'session:2','upstream_reworked','parked','','local','','{"task":"source"}',51,1795248360000);
INSERT INTO "notice" VALUES(6,1,'session:2','upstream_reworked','told','','local','','{"task":"source"}',51,1795248360000);
INSERT INTO "notice" VALUES(7,1,'planners','failed','cache','','hand/2','no room','{}',54,1795248360000);
INSERT INTO "notice" VALUES(8,1,'planners','blocked','stuck','','hand/2','which database?','{}',58,1795248360000);
INSERT INTO "notice" VALUES(9,1,'agent:judge','handoff','handed','','hand/2','yours','{}',62,1795248360000);
INSERT INTO "notice" VALUES(10,1,'planners','blocked','stuck','','hand/2','it is locked','{}',94,1795248390000);
INSERT INTO "notice" VALUES(11,1,'all','message','','day','lead/1','Stand-up at nine.','{}',95,1795248450000);
INSERT INTO "notice" VALUES(12,1,'agent:judge','message','login','','lead/1','the password is [redacted]','{}',96,1795248450000);
INSERT INTO "notice" VALUES(13,1,'planners','message','','','judge/3','more reviews?','{}',97,1795248450000);
INSERT INTO "notice" VALUES(14,1,'workers:python','message','','','local','use ruff','{}',98,1795248450000);
INSERT INTO "notice" VALUES(15,1,'session:2','lease_lost','late','','local','','{"why":"released_by_person"}',103,1795248450000);
INSERT INTO "notice" VALUES(16,1,'session:2','lease_lost','reset','','judge/3','','{"why":"expired"}',108,1795252650000);
INSERT INTO "notice" VALUES(17,1,'session:2','lease_lost','told','','judge/3','','{"why":"expired"}',109,1795252650000);
INSERT INTO "notice" VALUES(18,1,'session:2','lease_lost','quiet','','judge/3','','{"why":"expired"}',110,1795252650000);
INSERT INTO "notice" VALUES(19,1,'session:2','upstream_reworked','teller','','local','','{"task":"fact"}',115,1795334850000);
INSERT INTO "notice" VALUES(20,1,'session:2','inputs_changed','teller','','judge/3','','{"upstream":"fact","keys":["value"]}',117,1795334850000);
CREATE TABLE rank_todo (
	task_id INTEGER NOT NULL, 
	board_id INTEGER DEFAULT 0 NOT NULL, 
	neg_rank INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_rank_todo PRIMARY KEY (task_id)
);
CREATE TABLE reading (
	task_id INTEGER NOT NULL, 
	source_id INTEGER NOT NULL, 
	round INTEGER DEFAULT 0 NOT NULL, 
	delivery_id INTEGER DEFAULT 0 NOT NULL, 
	digests TEXT DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_reading PRIMARY KEY (task_id, source_id)
);
INSERT INTO "reading" VALUES(3,1,1,2,'{"endpoints":"0473ef2dc0d324ab","errors":"4b227777d4dd1fc6","text":"3292f7b9b8d8b521","artifact:sketch":"9fb457bb6564c0be","artifact:schema":"76343a573f3117ce","artifact:page":"6bf4ce81666d97c9"}');
INSERT INTO "reading" VALUES(2,1,1,2,'{"endpoints":"0473ef2dc0d324ab"}');
INSERT INTO "reading" VALUES(24,1,1,2,'{"endpoints":"0473ef2dc0d324ab","errors":"4b227777d4dd1fc6","text":"3292f7b9b8d8b521","artifact:sketch":"9fb457bb6564c0be","artifact:schema":"76343a573f3117ce","artifact:page":"6bf4ce81666d97c9"}');
INSERT INTO "reading" VALUES(5,2,1,4,'{"version":"6b86b273ff34fce1"}');
INSERT INTO "reading" VALUES(5,1,1,2,'{"endpoints":"0473ef2dc0d324ab"}');
INSERT INTO "reading" VALUES(4,2,1,4,'{"version":"6b86b273ff34fce1"}');
INSERT INTO "reading" VALUES(4,3,1,3,'{"pages":"d4735e3a265e16ee"}');
INSERT INTO "reading" VALUES(4,1,1,2,'{"endpoints":"0473ef2dc0d324ab"}');
INSERT INTO "reading" VALUES(32,41,1,13,'{"value":"ba2df4903a2c14e8"}');
INSERT INTO "reading" VALUES(34,33,1,12,'{"value":"6b86b273ff34fce1"}');
INSERT INTO "reading" VALUES(35,33,1,12,'{"value":"6b86b273ff34fce1"}');
INSERT INTO "reading" VALUES(42,1,2,7,'{"endpoints":"fd2079a3096d5abb","errors":"4b227777d4dd1fc6"}');
INSERT INTO "reading" VALUES(37,36,1,24,'{"value":"6b86b273ff34fce1"}');
INSERT INTO "reading" VALUES(12,11,1,16,'{}');
CREATE TABLE session (
	id INTEGER NOT NULL, 
	board_id INTEGER DEFAULT 0 NOT NULL, 
	token TEXT DEFAULT '' NOT NULL, 
	credential TEXT DEFAULT '' NOT NULL, 
	agent TEXT DEFAULT '' NOT NULL, 
	capabilities TEXT DEFAULT '[]' NOT NULL, 
	parent_id INTEGER DEFAULT 0 NOT NULL, 
	window_name TEXT DEFAULT '' NOT NULL, 
	host TEXT DEFAULT '' NOT NULL, 
	workspace TEXT DEFAULT '' NOT NULL, 
	branch TEXT DEFAULT '' NOT NULL, 
	head TEXT DEFAULT '' NOT NULL, 
	process TEXT DEFAULT '' NOT NULL, 
	epoch INTEGER DEFAULT 1 NOT NULL, 
	lease_ms INTEGER DEFAULT 0 NOT NULL, 
	renewed INTEGER DEFAULT 0 NOT NULL, 
	cursor INTEGER DEFAULT 0 NOT NULL, 
	avoid_until_ms INTEGER DEFAULT 0 NOT NULL, 
	created_ms INTEGER DEFAULT 0 NOT NULL, 
	seen_ms INTEGER DEFAULT 0 NOT NULL, 
	ended_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_session PRIMARY KEY (id)
);
INSERT INTO "session" VALUES(1,1,'s-b7WxzXc1m_BkD__8','local','lead','["python","web"]',0,'','host','','','','',1,0,0,0,0,1795248000000,1795334850000,0);
INSERT INTO "session" VALUES(2,1,'s-VBKckmMelfIqZ0Pr','local','hand','[]',0,'left','','','','','',1,0,0,15,1795250160000,1795248000000,1795334850000,0);
INSERT INTO "session" VALUES(3,1,'s-DHBKWuZUMUniOvUE','local','judge','[]',0,'','','','','','',1,0,0,18,0,1795248000000,1795334850000,0);
INSERT INTO "session" VALUES(4,2,'s-SIpq0B_zI8K2xA5d','local','left','[]',0,'','','','','','',1,0,0,20,0,1795334855000,1795334855000,0);
INSERT INTO "session" VALUES(5,2,'s-2js_JLwXQpL75Cyn','local','right','[]',0,'','','','','','',1,0,0,20,0,1795334855000,1795334855000,0);
CREATE TABLE task (
	id INTEGER NOT NULL, 
	board_id INTEGER DEFAULT 0 NOT NULL, 
	"key" TEXT DEFAULT '' NOT NULL, 
	title TEXT DEFAULT '' NOT NULL, 
	capabilities TEXT DEFAULT '[]' NOT NULL, 
	priority INTEGER DEFAULT 0 NOT NULL, 
	estimate_ms INTEGER DEFAULT 0 NOT NULL, 
	review INTEGER DEFAULT 0 NOT NULL, 
	attempts INTEGER DEFAULT 3 NOT NULL, 
	grouping TEXT DEFAULT '' NOT NULL, 
	parent_id INTEGER DEFAULT 0 NOT NULL, 
	supersedes_id INTEGER DEFAULT 0 NOT NULL, 
	superseded_by_id INTEGER DEFAULT 0 NOT NULL, 
	version INTEGER DEFAULT 1 NOT NULL, 
	state TEXT DEFAULT 'ready' NOT NULL, 
	gate TEXT DEFAULT '' NOT NULL, 
	round INTEGER DEFAULT 0 NOT NULL, 
	attempt INTEGER DEFAULT 0 NOT NULL, 
	fence INTEGER DEFAULT 0 NOT NULL, 
	grip INTEGER DEFAULT 0 NOT NULL, 
	releases INTEGER DEFAULT 0 NOT NULL, 
	reworks INTEGER DEFAULT 0 NOT NULL, 
	session_id INTEGER DEFAULT 0 NOT NULL, 
	lapsed_session_id INTEGER DEFAULT 0 NOT NULL, 
	attempt_id INTEGER DEFAULT 0 NOT NULL, 
	delivery_id INTEGER DEFAULT 0 NOT NULL, 
	lease_until_ms INTEGER DEFAULT 0 NOT NULL, 
	due_ms INTEGER DEFAULT 0 NOT NULL, 
	handoff TEXT DEFAULT '' NOT NULL, 
	consumers TEXT DEFAULT 'changed' NOT NULL, 
	progress INTEGER DEFAULT (-1) NOT NULL, 
	pending INTEGER DEFAULT 0 NOT NULL, 
	soft_pending INTEGER DEFAULT 0 NOT NULL, 
	parts_open INTEGER DEFAULT 0 NOT NULL, 
	lane TEXT DEFAULT '' NOT NULL, 
	bucket INTEGER DEFAULT 0 NOT NULL, 
	neg_rank INTEGER DEFAULT 0 NOT NULL, 
	ord INTEGER DEFAULT 0 NOT NULL, 
	ready_ms INTEGER DEFAULT 0 NOT NULL, 
	created_ms INTEGER DEFAULT 0 NOT NULL, 
	updated_ms INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_task PRIMARY KEY (id)
);
INSERT INTO "task" VALUES(1,1,'design','Design the API','[]',2,1800000,0,3,'',0,0,0,1,'done','',2,1,2,0,0,1,0,0,7,7,0,0,'','changed',-1,0,0,0,'',20776,-10860000,1099511627776,1795248180000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(2,1,'api','','[]',0,3600000,0,3,'',0,0,0,1,'ready','',2,0,1,0,0,1,0,0,3,4,0,0,'','changed',-1,0,0,0,'',20778,-3720000,2199023255552,1795248180000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(3,1,'docs','','[]',0,0,0,3,'',0,0,0,1,'ready','',2,0,1,0,0,1,0,0,2,3,0,0,'','changed',-1,0,0,0,'',20778,-180000,3298534883328,1795248180000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(4,1,'guide','','[]',0,0,0,3,'',0,0,0,1,'waiting','',2,0,1,0,0,1,0,0,6,6,0,0,'','changed',-1,1,1,0,'',20778,-120000,4398046511104,1795248060000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(5,1,'ui','','["web"]',0,0,0,3,'front',0,0,0,1,'waiting','',2,0,1,0,0,1,0,0,5,5,0,0,'','changed',-1,1,0,0,'web',20778,-120000,5497558138880,1795248060000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(6,1,'release','','[]',0,0,1,3,'',0,0,0,1,'waiting','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,2,0,0,'',20778,-60000,6597069766656,1795248180000,1795248000000,1795248180000);
INSERT INTO "task" VALUES(7,1,'login','','[]',0,0,1,3,'',0,0,0,1,'review','review',1,1,1,0,0,0,0,0,8,8,0,0,'','changed',-1,0,0,0,'',20778,-60000,7696581394432,1795248000000,1795248000000,1795248300000);
INSERT INTO "task" VALUES(8,1,'logout','','[]',0,0,1,3,'',0,0,0,1,'done','',1,1,2,0,0,0,0,0,12,9,0,0,'','changed',-1,0,0,0,'',20778,-60000,8796093022208,1795248000000,1795248000000,1795248300000);
INSERT INTO "task" VALUES(9,1,'reset','','[]',0,0,1,3,'',0,0,0,1,'ready','',1,1,3,0,0,0,0,2,14,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,9895604649984,1795252650000,1795248000000,1795252650000);
INSERT INTO "task" VALUES(10,1,'rights','','[]',0,0,1,3,'',0,0,0,1,'review','review',1,1,2,0,0,0,3,0,15,11,1795338450000,0,'','changed',-1,0,0,0,'',20778,-60000,10995116277760,1795248000000,1795248000000,1795248300000);
INSERT INTO "task" VALUES(11,1,'metrics','','[]',0,0,0,3,'back',0,0,0,1,'done','',1,1,1,0,0,0,0,0,26,16,0,0,'','changed',-1,0,0,0,'',20778,-60000,12094627905536,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(12,1,'bill','','[]',3,0,0,3,'',0,0,0,2,'active','',1,1,1,0,0,0,2,0,41,0,1795338450000,0,'','changed',-1,0,0,0,'',20775,-60000,13194139533312,1795248000000,1795248000000,1795334850000);
INSERT INTO "task" VALUES(13,1,'cache','','[]',0,0,0,1,'',0,0,0,1,'failed','',1,1,1,0,0,0,0,0,21,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,14293651161088,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(14,1,'retry','','[]',0,0,0,3,'',0,0,0,1,'ready','',1,1,1,0,0,0,0,0,22,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,15393162788864,1795248450000,1795248000000,1795248450000);
INSERT INTO "task" VALUES(15,1,'stuck','','[]',0,0,0,3,'',0,0,0,1,'held','',2,1,2,0,0,0,0,0,33,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,16492674416640,1795248390000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(16,1,'dropped','','[]',0,0,0,3,'',0,0,0,1,'cancelled','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,17592186044416,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(17,1,'after-dropped','','[]',0,0,0,3,'',0,0,0,2,'ready','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,18691697672192,1795248360000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(18,1,'odd','','[]',0,0,0,3,'',0,0,0,1,'done','',1,0,0,0,0,0,0,0,0,17,0,0,'','changed',-1,0,0,0,'',20778,-60000,19791209299968,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(19,1,'given','','[]',0,0,0,3,'',0,0,0,1,'done','',1,1,2,0,1,0,0,0,40,26,0,0,'','changed',-1,0,0,0,'',20778,-60000,20890720927744,1795248360000,1795248000000,1795334850000);
INSERT INTO "task" VALUES(20,1,'handed','','[]',0,0,0,3,'',0,0,0,1,'ready','',1,0,1,0,0,0,0,0,25,0,0,0,'judge','changed',-1,0,0,0,'',20778,-60000,21990232555520,1795248360000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(21,1,'late','','[]',0,0,0,3,'',0,0,0,1,'ready','',1,0,1,0,0,0,0,0,34,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,23089744183296,1795248450000,1795248000000,1795248450000);
INSERT INTO "task" VALUES(22,1,'slow','','[]',0,0,0,3,'',0,0,0,1,'active','',1,1,1,0,0,0,1,0,36,0,1795338450000,0,'','changed',-1,0,0,0,'',20778,-60000,24189255811072,1795248000000,1795248000000,1795334850000);
INSERT INTO "task" VALUES(23,1,'quiet','','[]',0,0,0,3,'',0,0,0,1,'ready','',1,1,1,0,0,0,0,2,35,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,25288767438848,1795252650000,1795248000000,1795252650000);
INSERT INTO "task" VALUES(24,1,'epic','','[]',0,5400000,0,3,'',0,0,0,2,'split','',1,0,1,0,1,0,0,0,4,0,0,0,'','changed',-1,0,0,1,'',20778,-5460000,26388279066624,1795248180000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(25,1,'story','','[]',0,0,0,3,'',0,0,0,1,'waiting','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,1,0,0,'',20778,-60000,27487790694400,1795248000000,1795248000000,1795248000000);
INSERT INTO "task" VALUES(26,1,'whole','','[]',0,0,0,3,'',0,0,0,2,'done','',1,1,1,0,0,0,0,0,28,0,0,0,'','changed',-1,0,0,0,'',20778,-120000,28587302322176,1795248000000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(27,1,'after-whole','','[]',0,0,0,3,'',0,0,0,1,'ready','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,29686813949952,1795248390000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(28,1,'emptied','','[]',0,0,0,3,'',0,0,0,2,'held','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,30786325577728,1795248000000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(29,1,'redone','','[]',0,0,0,3,'',0,0,0,2,'done','',2,0,1,0,0,1,0,0,31,21,0,0,'','changed',-1,0,0,0,'',20778,-120000,31885837205504,1795248390000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(30,1,'after-redone','','[]',0,0,0,3,'',0,0,0,1,'ready','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,32985348833280,1795248390000,1795248000000,1795248390000);
INSERT INTO "task" VALUES(31,1,'first-try','','[]',0,0,0,3,'',0,0,41,1,'done','',1,1,1,0,0,0,0,0,17,13,0,0,'','changed',-1,0,0,0,'',20778,-60000,34084860461056,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(32,1,'reader','','[]',0,0,0,3,'',0,0,0,2,'done','',1,1,1,0,0,0,0,0,18,14,0,0,'','changed',-1,1,0,0,'',20778,-60000,45079976738816,1795248360000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(33,1,'source','','[]',0,0,0,3,'',0,0,0,1,'ready','',2,0,1,0,0,1,0,0,16,12,0,0,'','changed',-1,0,0,0,'',20778,-120000,36283883716608,1795248360000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(34,1,'parked','','[]',0,0,0,3,'',0,0,0,1,'review','inputs',1,1,1,0,0,0,0,0,19,15,0,0,'','changed',-1,1,0,0,'',20778,-60000,37383395344384,1795248360000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(35,1,'told','','[]',0,0,0,3,'',0,0,0,1,'waiting','',1,1,1,0,0,0,0,2,20,0,0,0,'','changed',-1,1,0,0,'',20778,-60000,38482906972160,1795248360000,1795248000000,1795252650000);
INSERT INTO "task" VALUES(36,1,'fact','','[]',0,0,0,3,'',0,0,0,1,'done','',2,1,2,0,0,1,0,0,39,25,0,0,'','changed',-1,0,0,0,'',20779,-120000,39582418599936,1795334850000,1795248000000,1795334850000);
INSERT INTO "task" VALUES(37,1,'teller','','[]',0,0,0,3,'',0,0,0,1,'active','',1,1,1,0,0,0,2,0,38,0,1795338450000,0,'','changed',-1,0,0,0,'',20779,-60000,40681930227712,1795334850000,1795248000000,1795334850000);
INSERT INTO "task" VALUES(38,1,'old-done','','[]',0,0,0,3,'',0,0,0,1,'done','',1,0,0,0,0,0,0,0,0,1,0,0,'','changed',-1,0,0,0,'',20778,-120000,41781441855488,1795248000000,1795248000000,1795248000000);
INSERT INTO "task" VALUES(39,1,'old-failed','','[]',0,0,0,3,'',0,0,0,1,'failed','',1,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,42880953483264,1795248000000,1795248000000,1795248000000);
INSERT INTO "task" VALUES(40,1,'old-open','','[]',0,0,0,3,'',0,0,0,1,'done','',1,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-60000,43980465111040,1795248000000,1795248000000,1795248360000);
INSERT INTO "task" VALUES(41,1,'second-try','','[]',0,0,0,3,'',0,31,0,1,'ready','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-120000,35184372088832,1795248360000,1795248360000,1795248360000);
INSERT INTO "task" VALUES(42,1,'epic-a','','[]',0,1200000,0,3,'',24,0,0,1,'done','',1,1,1,0,0,0,0,0,27,18,0,0,'','changed',-1,0,0,0,'',20778,-9060000,25288767439104,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(43,1,'epic-b','','[]',0,2400000,0,3,'',24,0,0,1,'ready','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-7860000,25288767439360,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(44,1,'whole-a','','[]',0,0,0,3,'',26,0,0,1,'done','',1,1,1,0,0,0,0,0,29,19,0,0,'','changed',-1,0,0,0,'',20778,-180000,27487790694656,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(45,1,'whole-b','','[]',0,0,0,3,'',26,0,0,1,'done','',1,1,1,0,0,0,0,0,30,20,0,0,'','changed',-1,0,0,0,'',20778,-180000,27487790694912,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(46,1,'redone-a','','[]',0,0,0,3,'',29,0,0,1,'done','',1,1,1,0,0,0,0,0,32,22,0,0,'','changed',-1,0,0,0,'',20778,-180000,30786325577984,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(47,1,'emptied-a','','[]',0,0,0,3,'',28,0,0,1,'cancelled','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,0,0,0,'',20778,-120000,29686813950208,1795248390000,1795248390000,1795248390000);
INSERT INTO "task" VALUES(48,2,'one','','[]',0,0,0,3,'',0,0,0,1,'active','',1,1,1,0,0,0,4,0,42,0,1795338455000,0,'','changed',-1,0,0,0,'',20779,-120000,1099511627776,1795334855000,1795334855000,1795334855000);
INSERT INTO "task" VALUES(49,2,'two','','[]',0,0,0,3,'',0,0,0,1,'active','',1,1,1,0,0,0,5,0,43,0,1795338455000,0,'','changed',-1,0,0,0,'',20779,-120000,2199023255552,1795334855000,1795334855000,1795334855000);
INSERT INTO "task" VALUES(50,2,'three','','[]',0,0,0,3,'',0,0,0,1,'waiting','',0,0,0,0,0,0,0,0,0,0,0,0,'','changed',-1,2,0,0,'',20779,-60000,3298534883328,1795334855000,1795334855000,1795334855000);
CREATE TABLE task_text (
	task_id INTEGER NOT NULL, 
	spec TEXT DEFAULT '' NOT NULL, 
	acceptance TEXT DEFAULT '[]' NOT NULL, 
	paths TEXT DEFAULT '[]' NOT NULL, 
	budget TEXT DEFAULT '{}' NOT NULL, 
	feedback TEXT DEFAULT '[]' NOT NULL, 
	question TEXT DEFAULT '' NOT NULL, 
	note TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_task_text PRIMARY KEY (task_id)
);
INSERT INTO "task_text" VALUES(1,'Three endpoints.','["endpoints are named","errors are named"]','[]','{}','[{"by":"lead/1","text":"name them better","at_ms":1795248180000}]','','');
INSERT INTO "task_text" VALUES(2,'Build it.','[]','["src/api/**","docs/api.md"]','{}','[{"by":"headwater","text":"design was reworked: endpoints, text","at_ms":1795248180000}]','','half way');
INSERT INTO "task_text" VALUES(3,'','[]','["docs/"]','{}','[{"by":"headwater","text":"design was reworked: artifact:page, artifact:schema, artifact:sketch, endpoints, text","at_ms":1795248180000}]','','');
INSERT INTO "task_text" VALUES(4,'','[]','[]','{}','[{"by":"headwater","text":"design was reworked: endpoints","at_ms":1795248180000}]','','');
INSERT INTO "task_text" VALUES(5,'','[]','[]','{}','[{"by":"headwater","text":"design was reworked: endpoints","at_ms":1795248180000}]','','');
INSERT INTO "task_text" VALUES(6,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(7,'','["it logs in"]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(8,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(9,'','[]','[]','{}','[{"by":"judge/3","text":"mails are not sent","at_ms":1795248300000}]','','mails go out');
INSERT INTO "task_text" VALUES(10,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(11,'','[]','[]','{"minutes":5.0,"tokens":1000}','[]','','');
INSERT INTO "task_text" VALUES(12,'Send bills.','[]','[]','{"usd":1.5}','[]','','');
INSERT INTO "task_text" VALUES(13,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(14,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(15,'','[]','[]','{}','[{"by":"local","text":"the one in the cellar","at_ms":1795248390000}]','it is locked','');
INSERT INTO "task_text" VALUES(16,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(17,'','[]','[]','{}','[{"by":"local","text":"Upstream dropped was cancelled: not needed","at_ms":1795248360000}]','','');
INSERT INTO "task_text" VALUES(18,'','[]','["lib/*.py"]','{}','[]','','');
INSERT INTO "task_text" VALUES(19,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(20,'','[]','[]','{}','[]','','yours');
INSERT INTO "task_text" VALUES(21,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(22,'','[]','["Src/Slow/*.py","shared/"]','{}','[]','','');
INSERT INTO "task_text" VALUES(23,'','[]','["**"]','{}','[]','','looking around');
INSERT INTO "task_text" VALUES(24,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(25,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(26,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(27,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(28,'','[]','[]','{}','[]','Every part was cancelled.','');
INSERT INTO "task_text" VALUES(29,'','[]','[]','{}','[{"by":"local","text":"in parts, please","at_ms":1795248390000}]','','');
INSERT INTO "task_text" VALUES(30,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(31,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(32,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(33,'','[]','[]','{}','[{"by":"local","text":"another value","at_ms":1795248360000}]','','');
INSERT INTO "task_text" VALUES(34,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(35,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(36,'','[]','[]','{}','[{"by":"local","text":"that is wrong","at_ms":1795334850000}]','','');
INSERT INTO "task_text" VALUES(37,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(38,'','[]','[]','{}','[]','','by hand');
INSERT INTO "task_text" VALUES(39,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(40,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(41,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(42,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(43,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(44,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(45,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(46,'','[]','[]','{}','[{"by":"local","text":"in parts, please","at_ms":1795248390000}]','','');
INSERT INTO "task_text" VALUES(47,'','[]','[]','{}','[]','','');
INSERT INTO "task_text" VALUES(48,'','[]','["a/"]','{}','[]','','');
INSERT INTO "task_text" VALUES(49,'','[]','["b/"]','{}','[]','','');
INSERT INTO "task_text" VALUES(50,'','[]','[]','{}','[]','','');
CREATE INDEX ix_attempt_task_id_fence ON attempt (task_id, fence);
CREATE INDEX ix_delivery_task_id_salvage ON delivery (task_id, salvage);
CREATE INDEX ix_edge_upstream_id_task_id ON edge (upstream_id, task_id);
CREATE INDEX ix_idempotency_at_ms ON idempotency (at_ms);
CREATE INDEX ix_image_board_id_revision ON image (board_id, revision);
CREATE INDEX ix_notice_board_id_target_id ON notice (board_id, target, id);
CREATE INDEX ix_rank_todo_board_id_neg_rank ON rank_todo (board_id, neg_rank);
CREATE INDEX ix_reading_source_id_task_id ON reading (source_id, task_id);
CREATE INDEX ix_session_board_id_credential_agent ON session (board_id, credential, agent);
CREATE UNIQUE INDEX uq_session_token ON session (token);
CREATE INDEX ix_task_board_id_ord ON task (board_id, ord);
CREATE INDEX ix_task_due ON task (board_id, due_ms) WHERE due_ms > 0;
CREATE INDEX ix_task_handoff ON task (board_id, handoff, id) WHERE handoff <> '';
CREATE INDEX ix_task_holder ON task (session_id) WHERE session_id > 0;
CREATE INDEX ix_task_lapsed ON task (lapsed_session_id) WHERE lapsed_session_id > 0;
CREATE INDEX ix_task_lease ON task (board_id, lease_until_ms) WHERE session_id > 0;
CREATE INDEX ix_task_open_end ON task (board_id, state, id) WHERE state IN ('active', 'review', 'held', 'failed');
CREATE INDEX ix_task_parent ON task (parent_id) WHERE parent_id > 0;
CREATE INDEX ix_task_ready ON task (board_id, lane, bucket, neg_rank, soft_pending, id) WHERE state = 'ready' AND due_ms = 0;
CREATE UNIQUE INDEX uq_task_board_id_key ON task (board_id, "key");
CREATE TRIGGER event_no_update BEFORE UPDATE ON event WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
CREATE TRIGGER image_no_update BEFORE UPDATE ON image WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'image is append-only'); END;
CREATE TRIGGER image_no_delete BEFORE DELETE ON image WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'image is append-only'); END;
CREATE TRIGGER delivery_no_update BEFORE UPDATE ON delivery WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'delivery is append-only'); END;
CREATE TRIGGER delivery_no_delete BEFORE DELETE ON delivery WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'delivery is append-only'); END;
CREATE TRIGGER blob_no_update BEFORE UPDATE ON blob WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END;
CREATE TRIGGER blob_no_delete BEFORE DELETE ON blob WHEN NOT EXISTS (SELECT 1 FROM meta WHERE name = 'redacting') BEGIN SELECT RAISE(ABORT, 'blob is append-only'); END;
COMMIT;
