package guard

// InspectAnew is [Guard.Inspect] without the cache.
func (g *Guard) InspectAnew(tenant, sql string) (Effects, error) {
	if d := g.tenantSchema(tenant); d != nil {
		return Effects{}, d
	}
	found, _, d := g.inspect(tenant, sql)
	if d != nil {
		d.locate(sql)
		return Effects{}, d
	}
	return found.effects, nil
}

// Remembered reports whether a text would be answered from the cache, and whether through its shape.
func (g *Guard) Remembered(tenant, sql string) (exact, alike bool) {
	return g.verdicts.exact(g, tenant, sql) != nil, g.verdicts.alike(g, tenant, sql) != nil
}

// CacheWeight returns what the cache holds, in bytes.
func (g *Guard) CacheWeight() uint64 {
	g.verdicts.cache.CleanUp()
	return g.verdicts.cache.WeightedSize()
}

// MaxCacheWeight is the bound of CacheWeight.
const MaxCacheWeight = cacheBytes
