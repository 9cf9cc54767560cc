from .k_star_mu_mu import KStarMuMu as KStarMuMu
